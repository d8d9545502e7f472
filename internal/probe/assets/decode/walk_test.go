package decode
import ("testing";"os";"path/filepath";"io/fs";"time";"strings")
func TestWalk(t *testing.T){
 root := os.Getenv("WALK"); if root=="" { t.Skip() }
 n := map[string]int{}
 filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
  if err!=nil || d.IsDir() || FormatOf(p)=="" || strings.Contains(p,"/cache/download/") { return nil }
  if i,_ := d.Info(); i.Size()>64<<20 || !i.Mode().IsRegular() { return nil }
  b, _ := os.ReadFile(p); s := time.Now()
  r := Decode(p, b, Options{Thumbs:true, Fyne:true}); n[r.Format]++
  if r.Fault!=nil || r.Other!="" { t.Log(p, r.Format, r.Other, r.Fault) }
  if e := time.Since(s); e > 300*time.Millisecond { t.Log("SLOW", p, e) }
  return nil })
 t.Log(n)
}
