package layer

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Name is the layer's name.
const Name = "VK_LAYER_GOMEDIC_calls"

const (
	libraryName  = "gomedic-vulkan.so"
	manifestName = "gomedic-vulkan.json"
)

var (
	// ErrNone: there is no layer for this system.
	ErrNone = errors.New("there is no Vulkan layer for this system")
	// ErrNotThere: the program has not loaded it, or not yet: it uses no Vulkan, or a
	// loader that does not look where it is told to (before 1.3.207; setuid programs).
	ErrNotThere = errors.New("the Vulkan layer was not loaded into the program")
)

// manifest is what the loader reads (Vulkan-Loader, docs/LoaderLayerInterface.md).
type manifest struct {
	Format string `json:"file_format_version"`
	Layer  struct {
		Name           string `json:"name"`
		Type           string `json:"type"`
		Library        string `json:"library_path"`
		API            string `json:"api_version"`
		Implementation string `json:"implementation_version"`
		Description    string `json:"description"`
	} `json:"layer"`
}

// Write writes the layer and its manifest into a folder.
func Write(dir string) error {
	if len(library) == 0 {
		return ErrNone
	}
	m := manifest{Format: "1.2.0"}
	m.Layer.Name, m.Layer.Type, m.Layer.Library = Name, "GLOBAL", "./"+libraryName
	m.Layer.API, m.Layer.Implementation, m.Layer.Description = "1.3.239", "1", "gomedic times calls and counts objects"
	b, err := json.MarshalIndent(&m, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, libraryName), library, 0o755); err != nil {
		return fmt.Errorf("write the Vulkan layer: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, manifestName), b, 0o644); err != nil {
		return fmt.Errorf("write the Vulkan layer: %w", err)
	}
	return nil
}

// Env is an environment in which the layer of a folder is the first one, next to the
// program. What the environment says of layers stays: where it names the folders of all
// layers, this one is added to them, else it is searched besides the usual ones.
func Env(env []string, dir string) []string {
	const layers, only, also = "VK_INSTANCE_LAYERS=", "VK_LAYER_PATH=", "VK_ADD_LAYER_PATH="
	path := also
	for _, v := range env {
		if strings.HasPrefix(v, only) && len(v) > len(only) {
			path = only
		}
	}
	values := map[string]string{layers: Name, path: dir}
	out := make([]string, 0, len(env)+2)
	for _, v := range env {
		name, rest, _ := strings.Cut(v, "=")
		if ours, ok := values[name+"="]; ok {
			if rest != "" {
				values[name+"="] = ours + ":" + rest
			}
			continue
		}
		out = append(out, v)
	}
	return append(out, layers+values[layers], path+values[path])
}
