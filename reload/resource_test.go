package reload

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"strings"
	"sync"
	"testing"
)

func picture(t testing.TB, c color.Color) string {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 2, 2))
	m.Set(0, 0, c)
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

type colours struct {
	Back string `json:"back"`
	Size int    `json:"size"`
}

func TestResourcesChangeInOneStep(t *testing.T) {
	red, blue := picture(t, color.RGBA{255, 0, 0, 255}), picture(t, color.RGBA{0, 0, 255, 255})
	f := NewFS(snapshot(t, map[string]string{"theme.json": `{"back": "red"}`, "icon.png": red, "other": "1"}))
	theme, err := NewResource(f, "theme.json", JSON[colours])
	if err != nil {
		t.Fatal(err)
	}
	icon, err := NewResource(f, "icon.png", Image)
	if err != nil {
		t.Fatal(err)
	}
	decoded := 0
	other, err := NewResource(f, "other", func(b []byte) (string, error) { decoded++; return string(b), nil })
	if err != nil {
		t.Fatal(err)
	}
	before := f.View()
	if _, err := f.Replace(snapshot(t, map[string]string{"theme.json": `{"back": "blue"}`, "icon.png": blue, "other": "1"})); err != nil {
		t.Fatal(err)
	}
	if _, _, b, _ := icon.Get().At(0, 0).RGBA(); theme.Get().Back != "blue" || b == 0 || other.Get() != "1" {
		t.Errorf("after: %v, blue %d, %q", theme.Get(), b, other.Get())
	}
	if r, _, _, _ := icon.In(before).At(0, 0).RGBA(); theme.In(before).Back != "red" || r == 0 {
		t.Errorf("the view from before: %v, red %d", theme.In(before), r)
	}
	if decoded != 1 {
		t.Errorf("what did not change was decoded %d times", decoded)
	}
	theme.Close()
	if theme.Get().Back != "" {
		t.Errorf("closed: %v", theme.Get())
	}
	if _, err := f.Replace(snapshot(t, map[string]string{"theme.json": `broken`, "icon.png": red, "other": "1"})); err != nil {
		t.Errorf("a file that nobody decodes: %v", err)
	}
}

func TestABrokenResourceLeavesTheOldOnes(t *testing.T) {
	f := NewFS(snapshot(t, map[string]string{"theme.json": `{"back": "red"}`, "icon.svg": `<svg/>`}))
	theme, err := NewResource(f, "theme.json", JSON[colours])
	if err != nil {
		t.Fatal(err)
	}
	icon, err := NewResource(f, "icon.svg", SVG)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Replace(snapshot(t, map[string]string{"theme.json": "{\n  \"back\": \"blue\",\n  \"size\": \"big\"}", "icon.svg": "<svg>\n<g></svg>"}))
	errs := DecodeErrors(err)
	if len(errs) != 2 || errs[0].Path != "theme.json" || errs[0].Line != 3 || errs[1].Path != "icon.svg" || errs[1].Line != 2 {
		t.Fatalf("errors: %v", err)
	}
	if theme.Get().Back != "red" || string(icon.Get()) != "<svg/>" || f.Generation() != 0 {
		t.Errorf("%v, %s, generation %d", theme.Get(), icon.Get(), f.Generation())
	}
	if b, _ := f.ReadFile("theme.json"); string(b) != `{"back": "red"}` {
		t.Errorf("the file is %s", b)
	}
	if _, err := f.Replace(snapshot(t, map[string]string{"theme.json": `{"back": "blue"}`, "icon.svg": `<svg><g/></svg>`})); err != nil {
		t.Fatal(err)
	}
	if theme.Get().Back != "blue" {
		t.Errorf("repaired: %v", theme.Get())
	}
}

func TestDecodersTellThePlace(t *testing.T) {
	for _, c := range []struct {
		name, data, want string
		decode           func([]byte) error
	}{
		{"JSON syntax", "{\n \"back\": ,}", "f:2:10: ", decodeBy(JSON[colours])},
		{"JSON type", "{\"back\": \"x\",\n\"size\": \"y\"}", "f:2:", decodeBy(JSON[colours])},
		{"JSON cut off", "{\"back\":\n", "f:2:1: the JSON value does not end", decodeBy(JSON[colours])},
		{"JSON empty", "", "f:1:1: the JSON value does not end", decodeBy(JSON[colours])},
		{"JSON twice", "{}\n{}", "f:2:1: more after", decodeBy(JSON[colours])},
		{"SVG", "<svg>\n<a></b></svg>", "f:2:", decodeBy(SVG)},
		{"not SVG", "<html></html>", "f:1: the root element is html", decodeBy(SVG)},
		{"SVG empty", "", "f: there is no element svg", decodeBy(SVG)},
		{"text", "a\nb\xff", "f:2:2: not valid UTF-8", decodeBy(Text)},
		{"translations", "{\"a\": \"1\",\n\"a\": \"2\"}", "f:2:4: the key \"a\" comes twice", decodeBy(Translations)},
		{"translations list", "{\"a\": [1]}", "f:1:5: the value of \"a\" is a list", decodeBy(Translations)},
		{"translations null", "{\"a\": null}", "f:1:5: the value of \"a\" is <nil>", decodeBy(Translations)},
		{"translations cut off", "{\"a\": {\n", "f:2:1: ", decodeBy(Translations)},
		{"image", "GIF89", "f: ", decodeBy(Image)},
		{"font", "\x00\x01\x00\x00\x00\x09\x00\x00\x00\x00\x00\x00", "f: a directory of 9 tables", decodeBy(Font)},
		{"no font", "hello, world", "f: no font begins", decodeBy(Font)},
		{"font cut off", "OTTO\x00\x01......glyf....\x00\x00\x00\x10\x00\x00\x10\x00", "f: table \"glyf\" ends at byte 4112 of 28", decodeBy(Font)},
		{"panic", "x", "f: panic: ", decodeBy(func(b []byte) (int, error) { return int(b[9]), nil })},
	} {
		err := c.decode([]byte(c.data))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s…", c.name, err, c.want)
		}
	}
}

func decodeBy[T any](decode func([]byte) (T, error)) func([]byte) error {
	return func(data []byte) error {
		s, err := NewSnapshot(map[string][]byte{"f": data})
		if err != nil {
			return err
		}
		_, err = NewResource(NewFS(s), "f", decode)
		return err
	}
}

func TestDecodersTakeWhatIsRight(t *testing.T) {
	texts, err := Translations([]byte(`{"menu": {"open": "打开", "file": {"new": "新建"}}, "quit": "退出"}`))
	if err != nil || len(texts) != 3 || texts["menu.file.new"] != "新建" {
		t.Errorf("%v, %v", texts, err)
	}
	if _, err := Font([]byte("OTTO\x00\x01......glyf....\x00\x00\x00\x1c\x00\x00\x00\x00")); err != nil {
		t.Error(err)
	}
	if _, err := Font([]byte("ttcf\xff\xff\xff\xff\xff\xff\xff\xff")); err == nil {
		t.Error("a collection of 4294967295 fonts is accepted")
	}
}

// A component is built, with its resources, on the goroutine that swaps.
func TestAResourceMadeWhileReplaceWaits(t *testing.T) {
	f := NewFS(snapshot(t, map[string]string{"a": "1"}))
	ui := make(chan func())
	f.SwapOn(func(swap func()) { ui <- swap })
	replaced := make(chan error, 1)
	go func() {
		_, err := f.Replace(snapshot(t, map[string]string{"a": "2"}))
		replaced <- err
	}()
	swap := <-ui
	r, err := NewResource(f, "a", Text) // of the old content
	if err != nil || r.Get() != "1" {
		t.Fatalf("%v, %v", r.Get(), err)
	}
	swap()
	if err := <-replaced; err != nil || r.Get() != "2" {
		t.Errorf("%v, %v", r.Get(), err)
	}
}

func TestResourcesAreSafe(t *testing.T) {
	f := NewFS(snapshot(t, map[string]string{"a": "0", "b": "0"}))
	a, err := NewResource(f, "a", Text)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewResource(f, "b", Text)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	done := make(chan struct{})
	all.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if v := f.View(); a.In(v) != b.In(v) {
				t.Errorf("%s and %s", a.In(v), b.In(v))
				return
			}
		}
	})
	all.Go(func() {
		for range 100 {
			if r, err := NewResource(f, "a", Text); err == nil {
				r.Close()
			}
		}
	})
	for i := range 200 {
		n := strings.Repeat("x", i)
		if _, err := f.Replace(snapshot(t, map[string]string{"a": n, "b": n})); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	all.Wait()
}

func TestAMissingResource(t *testing.T) {
	if _, err := NewResource(NewFS(nil), "no.json", JSON[colours]); err == nil || !strings.Contains(err.Error(), "no.json") {
		t.Error(err)
	}
	if got := DecodeErrors(errors.New("other")); got != nil {
		t.Errorf("%v", got)
	}
}

func TestAResourceEndsWithItsScope(t *testing.T) {
	f := NewFS(snapshot(t, map[string]string{"a": "1"}))
	s := testScope(t, nil)
	if _, err := ResourceIn(s, f, "no", Text); err == nil {
		t.Error("no error")
	}
	r, err := ResourceIn(s, f, "a", Text)
	if err != nil || r.Get() != "1" {
		t.Fatal(r, err)
	}
	s.End(0)
	if r.Get() != "" || len(f.handles) != 0 {
		t.Error("it goes on")
	}
}
