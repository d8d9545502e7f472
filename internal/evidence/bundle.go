package evidence

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
)

// A bundle is a zip file, by convention named *.gomedic, that holds one
// examination so that it can be looked at elsewhere and later:
//
//	manifest.json  what the file is; see Manifest
//	evidence.json  the Evidence
//	report.json    the report that was made of it, in the schema gomedic.report/v1
//
// A reader makes the findings anew from the evidence; report.json is for other
// tools and for people.
const (
	bundleFormat  = "gomedic.bundle"
	BundleVersion = 1 // the format that this gomedic writes, and the newest it reads

	manifestName = "manifest.json"
	evidenceName = "evidence.json"
	reportName   = "report.json"
)

// Manifest says what a bundle is and who wrote it.
type Manifest struct {
	Format  string `json:"format"`  // "gomedic.bundle"
	Version int    `json:"version"` // of the format
	Gomedic string `json:"gomedic"` // version of the program that wrote it
}

// WriteBundle writes a bundle to path. It is written to a temporary file in the
// same folder, synced and renamed, so that path holds either what it held
// before or the whole bundle, also when the disk is full. reportJSON may be nil.
func WriteBundle(path string, ev *Evidence, reportJSON []byte) error {
	return WriteFile(path, func(w io.Writer) error { return EncodeBundle(w, ev, reportJSON) })
}

// EncodeBundle writes a bundle to w. The same evidence and report give the same
// bytes: the zip carries no times.
func EncodeBundle(w io.Writer, ev *Evidence, reportJSON []byte) error {
	if ev == nil {
		return errors.New("bundle without evidence")
	}
	z := zip.NewWriter(w)
	put := func(name string, b []byte) error {
		entry, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err != nil {
			return err
		}
		_, err = entry.Write(b)
		return err
	}
	manifest, err := json.Marshal(Manifest{bundleFormat, BundleVersion, gomedicVersion()})
	if err != nil {
		return err
	}
	if err := put(manifestName, manifest); err != nil {
		return fmt.Errorf("write %s: %w", manifestName, err)
	}
	b, err := json.Marshal(ev)
	if err != nil {
		return fmt.Errorf("write %s: %w", evidenceName, err)
	}
	if len(b) > maxEvidence {
		return fmt.Errorf("write %s: %w: %d bytes", evidenceName, ErrBundleTooLarge, len(b))
	}
	if err := checkJSON(b); err != nil {
		return fmt.Errorf("write %s: %w", evidenceName, err)
	}
	if err := put(evidenceName, b); err != nil {
		return fmt.Errorf("write %s: %w", evidenceName, err)
	}
	if reportJSON != nil {
		if err := put(reportName, reportJSON); err != nil {
			return fmt.Errorf("write %s: %w", reportName, err)
		}
	}
	return z.Close()
}

// gomedicVersion is the main module's version as the Go command stamped it.
func gomedicVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return ""
}
