package text

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

var verb = regexp.MustCompile(`%(?:\[\d+\])?[-+# 0]*(?:\d+)?(?:\.\d+)?[a-zA-Z%]`)

// verbs returns the formatting verbs of a sentence that take arguments, each
// once and sorted: the languages may order and repeat them as they like.
func verbs(s string) []string {
	var all []string
	for _, v := range verb.FindAllString(s, -1) {
		if v != "%%" {
			all = append(all, v)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// joints are put between two other pieces and carry their own space.
var joints = map[string]bool{"report.comma": true, "cli.hint": true}

func TestEveryKeyInBothLanguages(t *testing.T) {
	for _, key := range Keys() {
		e, ok := Find(key)
		if !ok {
			t.Fatalf("%s: listed and not found", key)
		}
		for lang, s := range map[Lang]string{English: e.EN, Chinese: e.ZH} {
			if s == "" {
				t.Errorf("%s: lacks %s", key, lang)
			}
			block := strings.Contains(s, "\n") || strings.HasSuffix(key, ".example") // examples and templates: the layout is theirs
			if s != strings.TrimSpace(s) && !block && !joints[key] {
				t.Errorf("%s: %s has space around it: %q", key, lang, s)
			}
			for _, v := range verbs(s) {
				if len(verbs(s)) > 1 && !strings.Contains(v, "[") {
					t.Errorf("%s: %s has several arguments without numbers: %q", key, lang, s)
				}
			}
		}
		if en, zh := verbs(e.EN), verbs(e.ZH); !slices.Equal(en, zh) {
			t.Errorf("%s: arguments %v in English, %v in Chinese", key, en, zh)
		}
	}
}

// Chinese sentences use the full-width marks, and English ones have no Chinese.
func TestPunctuation(t *testing.T) {
	half := regexp.MustCompile(`\p{Han}[,;:?!()]|[,;?!]\p{Han}`)
	for _, key := range Keys() {
		e, _ := Find(key)
		if s := half.FindString(e.ZH); s != "" {
			t.Errorf("%s: half-width mark in %q: %q", key, e.ZH, s)
		}
		for _, r := range e.EN {
			if unicode.Is(unicode.Han, r) || r == '，' || r == '：' || r == '。' {
				t.Errorf("%s: %q in the English sentence", key, r)
				break
			}
		}
	}
}

func TestNoKeyTwice(t *testing.T) {
	seen := map[string]bool{}
	for _, table := range append(tables(), titles, remedies, reasons, lateFrames, leaks, reloads, reloadWatches, wasmFiles, pageFindings, gpu, assetFindings) {
		for key := range table {
			seen[key] = true
		}
	}
	if got, want := len(Keys()), len(seen); got != want {
		t.Errorf("%d keys in the tables, %d different ones", got, want)
	}
	if got, want := len(findings), len(titles)+len(remedies)+len(reasons)+len(lateFrames)+len(leaks)+len(reloads)+len(reloadWatches)+len(wasmFiles)+len(pageFindings)+len(gpu)+len(assetFindings); got != want {
		t.Errorf("%d finding sentences of %d: a key stands in two tables", got, want)
	}
}

// A sentence of a finding is one line without a full stop, so that it can stand
// in a list or be followed by a place.
func TestFindingSentencesAreLines(t *testing.T) {
	for key, e := range findings {
		for _, s := range []string{e.EN, e.ZH} {
			if strings.Contains(s, "\n") || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "。") {
				t.Errorf("%s: %q", key, s)
			}
		}
	}
}

// findingIDs are the ids of the findings that rules make of a running program.
var findingIDs = []string{
	"ui-blocked/sleep", "ui-blocked/mutex", "ui-blocked/cond", "ui-blocked/channel",
	"ui-blocked/network", "ui-blocked/disk", "ui-blocked/process", "ui-blocked/cgo", "ui-blocked/syscall",
	"ui-deadlock",
	"ui-busy/cpu", "ui-busy/layout", "ui-busy/alloc",
	"ui-starved/scheduler", "ui-starved/gc",
	"ui-stalled/gpu", "ui-stalled/vsync",
	"ui-thread/unlocked", "ui-thread/foreign-call", "ui-thread/risky-call",
	"leak/map", "leak/goroutine", "leak/listener", "leak/timer", "leak/widget-detached", "leak/window-closed",
	"leak/image", "leak/finalizer", "leak/subslice", "leak/none-scavenger",
	"leak/cgo", "leak/native", "leak/c-heap-corrupt",
	"reload/plugin-mismatch", "reload/undefined-symbol",
	"reload/partial-read", "reload/lost-watch", "reload/torn-set",
	"gpu/finish-per-frame", "gpu/sync-object-leak",
	"wasm/truncated", "wasm/not-wasm", "wasm/exec-js-mismatch",
	"wasm/http", "wasm/mime", "wasm/csp", "wasm/integrity", "wasm/blocked",
	"wasm/no-webgl", "wasm/panic", "wasm/exited", "wasm/deadlock", "wasm/long-task",
	"wasm/memory-growth", "wasm/func-leak",
	"gpu/driver-error", "gpu/software-renderer",
	"asset/missing", "asset/broken", "asset/duplicate", "asset/oversized",
}

func TestEveryFindingHasTitleAndRemedies(t *testing.T) {
	for _, id := range findingIDs {
		for _, part := range []string{".title", ".now", ".change"} {
			if !slices.ContainsFunc(Keys(), func(k string) bool { return strings.HasPrefix(k, "finding."+id+part) }) {
				t.Errorf("no sentence finding.%s%s…", id, part)
			}
		}
	}
	for key := range findings {
		if id, ok := strings.CutPrefix(key, "finding."); ok {
			if !slices.ContainsFunc(findingIDs, func(f string) bool { return strings.HasPrefix(id, f+".") }) {
				t.Errorf("%s: no such finding", key)
			}
		}
	}
}

func TestIn(t *testing.T) {
	for _, tt := range []struct {
		text   Text
		en, zh string
	}{
		{T("finding.ui-blocked/mutex.title.blocker", "main.(*Store).Sync"),
			"the UI waits for a lock that main.(*Store).Sync holds", "界面在等锁，锁被 main.(*Store).Sync 持有"},
		{T("why.since.thread", Duration(12400*time.Millisecond)),
			"by the kernel's account its thread has slept for 12.4 s without once being run",
			"据内核记录，它的线程已连续睡眠 12.4 秒，其间从未运行"},
		{T("why.hold.global", "main.f", "sync.Mutex 0x1", "f.go:3"),
			"main.f uses sync.Mutex 0x1, which is a package variable", "main.f 用到了 sync.Mutex 0x1，它是包级变量"},
		{Literal("as it is"), "as it is", "as it is"},
		{T("no.such.key", 1), "no.such.key", "no.such.key"},
	} {
		if got := tt.text.In(English); got != tt.en {
			t.Errorf("English %q, want %q", got, tt.en)
		}
		if got := tt.text.In(Chinese); got != tt.zh {
			t.Errorf("Chinese %q, want %q", got, tt.zh)
		}
	}
}

func TestDuration(t *testing.T) {
	for _, tt := range []struct {
		d      time.Duration
		en, zh string
	}{
		{-1, "0 ms", "0 毫秒"},
		{1800 * time.Microsecond, "1.8 ms", "1.8 毫秒"},
		{850 * time.Millisecond, "850 ms", "850 毫秒"},
		{999600 * time.Microsecond, "1.0 s", "1.0 秒"},
		{12400 * time.Millisecond, "12.4 s", "12.4 秒"},
		{59960 * time.Millisecond, "1 min 0 s", "1 分 0 秒"},
		{200 * time.Second, "3 min 20 s", "3 分 20 秒"},
		{2*time.Hour + 5*time.Minute, "2 h 5 min", "2 小时 5 分"},
		{75 * time.Hour, "3 d 3 h", "3 天 3 小时"},
	} {
		if got := Duration(tt.d).In(English); got != tt.en {
			t.Errorf("%v: %q, want %q", tt.d, got, tt.en)
		}
		if got := Duration(tt.d).In(Chinese); got != tt.zh {
			t.Errorf("%v: %q, want %q", tt.d, got, tt.zh)
		}
	}
}

func TestPercent(t *testing.T) {
	for share, want := range map[float64]string{0: "0%", 0.001: "< 1%", 0.954: "95%", 0.9999: "> 99%", 1: "100%"} {
		if got := Percent(share); got != want {
			t.Errorf("%v: %q, want %q", share, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 12_700: "12.4 KiB", 110 << 10: "110 KiB",
		1023 << 10: "1023 KiB", 1<<20 - 1: "1.0 MiB", 3 << 30: "3.0 GiB", -5 << 20: "-5.0 MiB", 1<<63 - 1: "8.0 EiB", -1 << 63: "-8.0 EiB"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[int]string{1: "1 goroutine", 3: "3 goroutines"} {
		if got := fmt.Sprint(Plural("html.group", n)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestDetect(t *testing.T) {
	for _, tt := range []struct {
		flag, all, messages, lang string
		want                      Lang
		fails                     bool
	}{
		{want: English},
		{lang: "zh_CN.UTF-8", want: Chinese},
		{lang: "zh_CN.UTF-8", all: "C.UTF-8", want: English},
		{lang: "C", messages: "zh_CN", want: Chinese},
		{flag: "zh", lang: "en_US.UTF-8", want: Chinese},
		{flag: "EN", lang: "zh_CN", want: English},
		{flag: "fr", want: English, fails: true},
	} {
		t.Setenv("LC_ALL", tt.all)
		t.Setenv("LC_MESSAGES", tt.messages)
		t.Setenv("LANG", tt.lang)
		got, err := Detect(tt.flag)
		if got != tt.want || (err != nil) != tt.fails {
			t.Errorf("%+v: %v, %v", tt, got, err)
		}
	}
}
