package wasmfile

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// validator has Node.js say of each change whether the module is still valid.
const validator = `
const fs = require("fs");
const bytes = fs.readFileSync(process.argv[2]);
const changes = JSON.parse(fs.readFileSync(process.argv[3]));
console.log(JSON.stringify(changes.map(([at, bit]) => {
	bytes[at] ^= bit;
	const ok = WebAssembly.validate(bytes);
	bytes[at] ^= bit;
	return ok;
})));`

// A module in which a byte was changed is found damaged exactly where a browser's own
// engine finds it so.
func TestDamageIsWhatTheEngineSays(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("Node.js is not installed: its engine is not asked")
	}
	number := 150
	if n, err := strconv.Atoi(os.Getenv("GOMEDIC_CHANGES")); err == nil {
		number = n
	}
	b := append([]byte(nil), bytesOf(t, "plain")...)
	rng := rand.New(rand.NewPCG(7, uint64(number)))
	m := module(t, "plain")
	var changes [][2]int
	for range number {
		// Half of them anywhere in the code, the others in the small sections.
		s := m.Section(Code, "")
		if rng.IntN(2) == 0 {
			s = &m.Sections[rng.IntN(len(m.Sections))]
		}
		changes = append(changes, [2]int{int(s.At) + rng.IntN(int(s.Size)), 1 << rng.IntN(8)})
	}
	dir := t.TempDir()
	list, err := json.Marshal(changes)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"v.js": []byte(validator), "m.wasm": b, "c.json": list} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(node, filepath.Join(dir, "v.js"), filepath.Join(dir, "m.wasm"), filepath.Join(dir, "c.json")).Output()
	if err != nil {
		t.Fatal(err)
	}
	var valid []bool
	if err := json.Unmarshal(out, &valid); err != nil {
		t.Fatal(err)
	}
	damaged := 0
	for i, c := range changes {
		b[c[0]] ^= byte(c[1])
		m, err := Parse(b)
		unchecked := 0
		if err == nil {
			unchecked, err = m.CheckCode()
		}
		b[c[0]] ^= byte(c[1])
		if err != nil {
			damaged++
		}
		// What is not known here is not called damaged.
		if (err == nil) != valid[i] && !(err == nil && unchecked > 0) {
			t.Errorf("byte %#x ^ %#x: %v, and the engine says %t", c[0], c[1], err, valid[i])
		}
	}
	t.Logf("%d changes, %d of them damage", number, damaged)
}
