package source
import ("testing";"os";"context";"strings";"time")
func TestTry(t *testing.T){
 for _, p := range strings.Fields(os.Getenv("DIRS")) { s := time.Now()
 r, err := Read(context.Background(), p, func(string,int,int){}); if err!=nil { t.Log(err); continue }
 t.Log(p, time.Since(s), r.Target.Name, r.Target.Toolkit, r.Written, r.Asked, len(r.Icons), r.Translations, r.Mains, r.Cut)
 for _, e := range r.Embeds { t.Log("  embed", e.Var, e.Kind, e.At.File, e.At.Line, len(e.Files), e.Lost) }
 for _, u := range r.Uses { l:=""; if u.Load!=nil { l=u.Load.File }; t.Logf("  %q %s %s:%d %s var=%s/%s/%s excuse=%s fatal=%v %v", u.Name, u.Loader.Func, u.At.File, u.At.Line, u.At.Function, u.Var,u.Prefix,u.Dir, u.Excuse, u.Fatal, l) }
 }
}
