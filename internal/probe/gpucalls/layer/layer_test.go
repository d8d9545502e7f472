package layer

import (
	"encoding/binary"
	"slices"
	"testing"
)

func TestEnv(t *testing.T) {
	for name, c := range map[string]struct{ env, want []string }{
		"none":              {[]string{"A=1"}, []string{"A=1", "VK_INSTANCE_LAYERS=" + Name, "VK_ADD_LAYER_PATH=/d"}},
		"others":            {[]string{"VK_INSTANCE_LAYERS=x:y", "VK_ADD_LAYER_PATH=/e"}, []string{"VK_INSTANCE_LAYERS=" + Name + ":x:y", "VK_ADD_LAYER_PATH=/d:/e"}},
		"all folders named": {[]string{"VK_LAYER_PATH=/f", "VK_ADD_LAYER_PATH=/e"}, []string{"VK_ADD_LAYER_PATH=/e", "VK_INSTANCE_LAYERS=" + Name, "VK_LAYER_PATH=/d:/f"}},
		"empty ones":        {[]string{"VK_LAYER_PATH=", "VK_INSTANCE_LAYERS="}, []string{"VK_LAYER_PATH=", "VK_INSTANCE_LAYERS=" + Name, "VK_ADD_LAYER_PATH=/d"}},
	} {
		if got := Env(c.env, "/d"); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// What is read from a program may be anything.
func FuzzRecord(f *testing.F) {
	f.Add(make([]byte, recordSize))
	long := make([]byte, recordSize)
	binary.LittleEndian.PutUint64(long[88:], goDepth)
	f.Add(long)
	f.Fuzz(func(t *testing.T, b []byte) {
		var r Record
		if r.decode(b, []string{"vkQueueSubmit"}) && (r.Func == "" || len(r.Go) > goDepth) {
			t.Errorf("%+v", r)
		}
	})
}
