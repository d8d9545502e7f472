package toolkit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
)

// stackCases say what the recorded stacks of real programs mean: each UI
// goroutine's role and activity and, where user code runs, the function that a
// finding names. lab/matrix/dump records them.
var stackCases = map[string][]string{
	"ebitengine-2.8-freeze": {
		"main in (*UserInterface).runMultiThread: idle",
		"render in LoopRenderThread: idle",
		"ui in (*UserInterface).loopGame: user main.freeze",
	},
	"ebitengine-2.8-idle": {
		"main in (*UserInterface).runMultiThread: idle",
		"render in LoopRenderThread: idle",
		"ui in (*UserInterface).loopGame: pump github.com/hajimehoshi/ebiten/v2/internal/ui.(*UserInterface).updateGame layout",
	},
	"ebitengine-2.9-freeze": {
		"main in (*UserInterface).runMultiThread: idle",
		"render in LoopRenderThread: idle",
		"ui in (*UserInterface).loopGame: user main.freeze",
	},
	"ebitengine-2.9-idle": {
		"main in (*UserInterface).runMultiThread: idle",
		"ui in (*UserInterface).loopGame: idle",
		"render in LoopRenderThread: pump github.com/hajimehoshi/ebiten/v2/internal/thread.(*OSThread).Loop driver glfwSwapBuffers",
		"goroutine 15 waits for render",
	},
	"ebitengine-draw": {
		"main in (*UserInterface).runMultiThread: idle",
		"render in LoopRenderThread: idle",
		"ui in (*UserInterface).loopGame: user main.(*game).Draw",
	},
	"ebitengine-minimised": {
		"main in (*UserInterface).runMultiThread: pump github.com/hajimehoshi/ebiten/v2/internal/thread.(*OSThread).Loop",
		"render in LoopRenderThread: idle",
		"ui in (*UserInterface).loopGame: idle",
		"goroutine 35 waits for main",
		"goroutine 36 waits for main",
	},
	"ebitengine-minimum": {
		"main in (*UserInterface).runMultiThread: idle",
		"render in LoopRenderThread: idle",
		"ui in (*UserInterface).loopGame: idle",
		"goroutine 31 waits for main",
	},
	"ebitengine-pixels": {
		"main in (*UserInterface).runMultiThread: idle",
		"ui in (*UserInterface).loopGame: user main.(*game).Draw layout",
		"render in LoopRenderThread: pump github.com/hajimehoshi/ebiten/v2/internal/thread.(*OSThread).Loop driver glFlush",
		"goroutine 27 waits for render",
	},
	"ebitengine-single": {
		"ui in (*UserInterface).runSingleThread: pump github.com/hajimehoshi/ebiten/v2/internal/ui.(*UserInterface).loopGame layout driver glDrawElements",
	},
	"ebitengine-single-freeze": {
		"ui in (*UserInterface).runSingleThread: user main.(*game).Update",
	},
	"ebitengine-uncleared": {
		"main in (*UserInterface).runMultiThread: pump github.com/hajimehoshi/ebiten/v2/internal/thread.(*OSThread).Loop",
		"render in LoopRenderThread: idle",
		"ui in (*UserInterface).loopGame: idle",
		"goroutine 14 waits for main",
	},
	"ebitengine-unfocused": {
		"main in (*UserInterface).runMultiThread: idle",
		"render in LoopRenderThread: idle",
		"ui in (*UserInterface).loopGame: idle",
		"goroutine 31 waits for main",
	},
	"ebitengine-worker": {
		"main in (*UserInterface).runMultiThread: idle",
		"render in LoopRenderThread: pump github.com/hajimehoshi/ebiten/v2/internal/thread.(*OSThread).Loop driver glFlush",
		"ui in (*UserInterface).loopGame: user main.(*game).Update",
		"goroutine 26 waits for render",
	},
	"fyne-2.5-freeze": {
		"ui in (*gLDriver).runGL: idle",
		"render in (*gLDriver).startDrawThread.func1: idle",
		"window in (*Window).RunEventQueue: user main.freeze",
	},
	"fyne-2.5-idle": {
		"ui in (*gLDriver).runGL: idle",
		"render in (*gLDriver).startDrawThread.func1: idle",
		"window in (*Window).RunEventQueue: idle",
	},
	"fyne-2.6-freeze": {
		"ui in (*gLDriver).runGL: user main.freeze",
	},
	"fyne-2.6-idle": {
		"ui in (*gLDriver).runGL: idle",
	},
	"fyne-2.7-freeze": {
		"ui in (*gLDriver).runGL: user main.freeze",
	},
	"fyne-2.7-idle": {
		"ui in (*gLDriver).runGL: idle",
	},
	"fyne-2.8-freeze": {
		"ui in (*gLDriver).runGL: user main.freeze",
	},
	"fyne-2.8-idle": {
		"ui in (*gLDriver).runGL: idle",
	},
	"fyne-deadlock": {
		"ui in (*gLDriver).runGL: user main.init.func4.1",
		"goroutine 13 waits for ui",
	},
	"fyne-dialog": {
		"ui in (*gLDriver).runGL: idle",
	},
	"fyne-hidden": {
		"ui in (*gLDriver).runGL: idle",
	},
	"fyne-layout": {
		"ui in (*gLDriver).runGL: user main.init.func6.1 layout",
	},
	"fyne-paint": {
		"ui in (*gLDriver).runGL: user main.slow.Layout",
	},
	"fyne-tray": {
		"ui in (*gLDriver).runGL: idle",
	},
	"gio-0.10-freeze": {
		"main in osMain: idle",
		"window in main.func1: user main.freeze",
	},
	"gio-0.10-idle": {
		"window in loop: idle",
		"main in osMain: idle",
	},
	"gio-0.8-freeze": {
		"main in osMain: idle",
		"window in main.func1: user main.freeze",
	},
	"gio-0.8-idle": {
		"main in osMain: idle",
		"window in loop: idle",
	},
	"gio-0.9-freeze": {
		"main in osMain: idle",
		"window in main.func1: user main.freeze",
	},
	"gio-0.9-idle": {
		"main in osMain: idle",
		"window in loop: idle",
	},
	"gio-callback": {
		"main in osMain: idle",
		"window in run: user main.compute",
	},
	"gio-idle": {
		"main in osMain: idle",
		"window in run: pump main.run driver glClear",
	},
	"gio-layout": {
		"main in osMain: idle",
		"window in run: user main.long layout",
	},
	"gio-two": {
		"window in run: pump main.run driver eglSwapBuffers",
		"main in osMain: idle",
		"window in run: user main.compute",
	},
	"glfw-3.3-freeze": {
		"ui in main: user main.freeze",
	},
	"glfw-3.3-idle": {
		"ui in main: idle",
	},
	"glfw-3.4-freeze": {
		"ui in main: user main.freeze",
	},
	"glfw-3.4-idle": {
		"ui in main: idle",
	},
	"glfw-finish": {
		"ui in main: user main.run driver glFinish",
	},
	"glfw-freeze": {
		"ui in main: user main.step",
	},
	"glfw-iconified": {
		"ui in run: idle",
	},
	"glfw-swap": {
		"ui in run: pump main.run driver glfwSwapBuffers",
	},
	"glfw-timeout": {
		"ui in run: idle",
	},
}

func TestRecordedStacks(t *testing.T) {
	files, err := filepath.Glob("testdata/stacks/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded stacks: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			kind, _, _ := strings.Cut(name, "-")
			tk := ByName(kind)
			if tk == nil {
				t.Fatalf("no toolkit %q", kind)
			}
			gs := readStacks(t, tk, name)
			want, ok := stackCases[name]
			if !ok {
				t.Error("no case for this file")
			}
			got := summary(tk, gs)
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
			}
		})
	}
	for name := range stackCases {
		if _, err := os.Stat("testdata/stacks/" + name + ".txt"); err != nil {
			t.Error(err)
		}
	}
}

// summary tells role, loop, activity and user frame of each UI goroutine.
func summary(tk *Toolkit, gs []evidence.Goroutine) []string {
	var lines []string
	for _, u := range FindUI(tk, gs, 0) {
		for i := range gs {
			g := &gs[i]
			if g.ID != u.Goroutine {
				continue
			}
			_, loop := splitFunction(u.Loop)
			activity := ActivityOf(tk, u.Role, g)
			line := fmt.Sprintf("%s in %s: %s", u.Role, loop, activity)
			if activity != evidence.Idle {
				if at := UserFrame(g.Frames); at >= 0 {
					line += " " + g.Frames[at].Function
					if IsLayout(tk, g.Frames, at) {
						line += " layout"
					}
				}
				if fn, ok := IsDriver(g.Frames); ok {
					line += " driver " + fn
				}
			}
			if u.MustLock != "" && (!u.Locked || u.MustLock == "main" && !u.OnMain) {
				line += " unlocked"
			}
			lines = append(lines, line)
		}
	}
	for i := range gs {
		if role, ok := WaitsForUI(tk, &gs[i]); ok {
			lines = append(lines, fmt.Sprintf("goroutine %d waits for %s", gs[i].ID, role))
		}
	}
	return lines
}
