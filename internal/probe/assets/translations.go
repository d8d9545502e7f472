package assets

import (
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/gomedic/gomedic/internal/probe/assets/machine"
)

// keysOf adds the keys of a file of translations.
func keysOf(data []byte, keys map[string]bool) {
	const most = 8 << 20
	var m map[string]json.RawMessage
	if len(data) > most || json.Unmarshal(data, &m) != nil {
		return
	}
	for k, v := range m {
		if len(v) > 0 && (v[0] == '"' || v[0] == '{') {
			keys[k] = true
		}
	}
}

// translationKeys are the keys of every file of translations that the program may have:
// of all its JSON. ok is false where its own code adds none.
func (x *examination) translationKeys(found *machine.Found) (keys map[string]bool, ok bool) {
	for name := range found.Calls {
		if strings.HasPrefix(name, "fyne.io/fyne/v2/lang.AddTranslations") {
			ok = true
		}
	}
	if !ok {
		return nil, false
	}
	keys = map[string]bool{}
	for i := range x.r.list {
		c := &x.r.list[i]
		if len(c.data) > 2 && (filepath.Ext(c.Name) == ".json" || !c.Named) {
			keysOf(c.data, keys)
		}
	}
	return keys, true
}
