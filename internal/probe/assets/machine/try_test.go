package machine
import ("testing";"os";"github.com/gomedic/gomedic/internal/gort";"github.com/gomedic/gomedic/internal/gort/objfile";"strings")
func TestTry(t *testing.T){
 for _, p := range strings.Fields(os.Getenv("BINS")) {
 m, err := objfile.Open(p); if err!=nil { t.Fatal(err) }
 b, err := gort.OpenBinary(p); if err!=nil { t.Fatal(err) }
 pr, err := gort.Static(m, b); if err!=nil { t.Fatal(err) }
 main := ""; if m.Info!=nil { main = m.Info.Main.Path }
 f := Uses(pr, m, func(pkg string) bool { return pkg=="main" || main!="" && (pkg==main||strings.HasPrefix(pkg, main+"/")) })
 t.Log(p, f.Read, f.Written, f.Asked)
 for _, u := range f.Uses { t.Logf("%q %s %s:%d %s fs=%x excuse=%s fatal=%v %v", u.Name, u.Loader.Func, u.At.File, u.At.Line, u.At.Function, u.FS, u.Excuse, u.Fatal, u.Load) }
 }
}
