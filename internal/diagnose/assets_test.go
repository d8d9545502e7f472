package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// withAssets is evidence of resources, each told by what is particular to it.
func withAssets(files []evidence.Asset, uses []evidence.AssetUse, opens []evidence.AssetOpen) *evidence.Evidence {
	for i := range files {
		f := &files[i]
		f.Named = !strings.Contains(f.Name, "@")
		if f.Kind == "" {
			f.Kind = evidence.AssetEmbedFS
		}
		if f.Size == 0 {
			f.Size = 2000
		}
		if f.Sum == "" {
			f.Sum = f.Name
		}
	}
	for i := range uses {
		uses[i].Loader = "os.ReadFile"
		uses[i].At = evidence.Frame{Function: "main.f", File: "f.go", Line: 10 + i}
	}
	return &evidence.Evidence{Target: evidence.Target{Kind: evidence.KindBinary, Name: "app"}, Assets: &evidence.Assets{From: evidence.FromBinary, Folders: []string{"/app"}, Files: files, Uses: uses, Opens: opens}}
}

func fault(code string, line int) *evidence.AssetFault {
	return &evidence.AssetFault{Code: code, Detail: "x", Offset: 5, Line: line, Column: 1}
}

func TestAssets(t *testing.T) {
	mine := &evidence.Frame{Function: "main.g", File: "g.go", Line: 7}
	for _, tt := range []struct {
		name string
		ev   *evidence.Evidence
		want string // id, severity, file:line of each
	}{
		{"healthy", withAssets([]evidence.Asset{{Name: "a.png", Format: "png", Checked: true, Width: 20, Height: 20}}, []evidence.AssetUse{{Name: "a.png", Kind: evidence.UsePath, Found: "/app/a.png"}}, nil), ""},
		{"a broken text", withAssets([]evidence.Asset{{Name: "a.json", Format: "json", Fault: fault("syntax", 3)}}, nil, nil), "asset/broken P1 a.json:3"},
		{"a broken picture", withAssets([]evidence.Asset{{Name: "a.png", Format: "png", Fault: fault("truncated", 0)}}, nil, nil), "asset/broken P1 a.png:0"},
		{"a broken blob", withAssets([]evidence.Asset{{Name: "png@0x1", Kind: evidence.AssetBytes, Format: "png", Fault: fault("truncated", 0)}}, nil, nil), "asset/broken P1 :0"},
		{"a library's broken blob", withAssets([]evidence.Asset{{Name: "png@0x1", Kind: evidence.AssetBytes, Format: "png", Foreign: true, Fault: fault("truncated", 0)}}, nil, nil), "asset/broken info :0"},
		{"a library's broken file", withAssets([]evidence.Asset{{Name: "a.png", Format: "png", Foreign: true, Fault: fault("crash", 0)}}, nil, nil), "asset/broken P2 a.png:0"},
		{"SVG that Fyne cannot draw", withAssets([]evidence.Asset{{Name: "a.svg", Format: "svg", Fault: &evidence.AssetFault{Code: "unsupported", Offset: -1}}}, nil, nil), "asset/broken P2 a.svg:0"},
		{"another format", withAssets([]evidence.Asset{{Name: "a.png", Format: "jpeg", Other: "png", Checked: true}}, nil, nil), "asset/broken info a.png:0"},
		{"a shader in the code", withAssets([]evidence.Asset{{Name: "kage@x", Kind: evidence.AssetString, Format: "kage", At: mine, Fault: fault("syntax", 4)}}, nil, nil), "asset/broken P1 g.go:10"},
		{"missing", withAssets(nil, []evidence.AssetUse{{Name: "x.png", Kind: evidence.UsePath, Fatal: true}, {Name: "y.png", Kind: evidence.UseEmbed, Near: "Y.png", OnDisk: true}}, nil),
			"asset/missing P1 f.go:10, asset/missing P1 f.go:11"},
		{"excused", withAssets(nil, []evidence.AssetUse{{Name: "x.png", Kind: evidence.UsePath, Excuse: evidence.ExcuseOptional}, {Name: "y", Kind: evidence.UsePath, Excuse: evidence.ExcuseWritten}}, nil), ""},
		{"dropped", withAssets(nil, []evidence.AssetUse{{Name: "x.png", Kind: evidence.UsePath, Excuse: evidence.ExcuseDropped}, {Name: "y.json", Kind: evidence.UsePath, Excuse: evidence.ExcuseDropped}}, nil),
			"asset/missing P2 f.go:10, asset/missing info f.go:11"},
		{"one of several names", withAssets(nil, []evidence.AssetUse{{Name: "x.png", Kind: evidence.UsePath, Partly: true, Fatal: true}, {Name: "y.conf", Kind: evidence.UsePath, Partly: true, Fatal: true}}, nil),
			"asset/missing P2 f.go:10, asset/missing info f.go:11"},
		{"other kinds", withAssets(nil, []evidence.AssetUse{{Name: "gear", Kind: evidence.UseIcon}, {Name: "Key", Kind: evidence.UseTranslation}, {Name: "a/*.png", Kind: evidence.UsePattern, Broken: true}, {Name: "x.png", Kind: evidence.UseFS}, {Name: "x.txt", Kind: evidence.UseFS}}, nil),
			"asset/missing P1 f.go:12, asset/missing P1 f.go:13, asset/missing P2 f.go:10, asset/missing P2 f.go:11, asset/missing info f.go:14"},
		{"opens", withAssets(nil, nil, []evidence.AssetOpen{{Path: "skin.png", Full: "/app/skin.png", Error: "ENOENT", Count: 2, At: mine}, {Path: "/etc/fonts.conf", Full: "/etc/fonts.conf", Error: "ENOENT", Count: 1}}),
			"asset/missing P2 g.go:7"},
		{"an open that the code names as well", withAssets(nil, []evidence.AssetUse{{Name: "./skin.png", Kind: evidence.UsePath, Fatal: true}}, []evidence.AssetOpen{{Path: "skin.png", Full: "/app/skin.png", Error: "ENOENT", Count: 2, At: mine}}),
			"asset/missing P1 f.go:10"},
		{"twice", withAssets([]evidence.Asset{{Name: "a.png", Sum: "1"}, {Name: "b.png", Sum: "1"}, {Name: "c.png", Sum: "2"}}, nil, nil), "asset/duplicate info b.png:0"},
		{"the same file twice", withAssets([]evidence.Asset{{Name: "a.png", Sum: "1"}, {Name: "a.png", Sum: "1", Kind: evidence.AssetBytes}}, nil, nil), ""},
		{"large", withAssets([]evidence.Asset{{Name: "icon.png", Format: "png", Width: 2048, Height: 2048}, {Name: "wall.png", Format: "png", Width: 3840, Height: 2160}, {Name: "a.wav", Format: "wav", Size: 2 << 20}, {Name: "a.bmp", Format: "bmp", Size: 2 << 20, Width: 2, Height: 2}}, nil, nil),
			"asset/oversized info a.bmp:0, asset/oversized info a.wav:0, asset/oversized info icon.png:0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, f := range Findings(tt.ev) {
				got = append(got, fmt.Sprintf("%s %s %s:%d", f.ID, f.Severity, f.Where.File, f.Where.Line))
				for _, s := range sentences(&f) {
					for _, lang := range []text.Lang{text.English, text.Chinese} {
						if out := s.In(lang); strings.Contains(out, "%!") || strings.Contains(out, "%[") || out == "" || out == s.Key {
							t.Errorf("%s in %s: %q", s.Key, lang, out)
						}
					}
				}
			}
			if s := strings.Join(sorted(got), ", "); s != strings.Join(sorted(strings.Split(tt.want, ", ")), ", ") {
				t.Errorf("%s\nwant %s", s, tt.want)
			}
		})
	}
}

func sorted(all []string) []string {
	out := slices.Clone(all)
	slices.Sort(out)
	return out
}
