package native

import (
	"strings"
	"testing"
)

func TestCString(t *testing.T) {
	for _, tt := range []struct {
		b    string
		more bool
		want string
	}{
		{"", false, ""}, {"\x00abc", false, ""}, {"a\x00", false, ""},
		{"title 12\x00\xff\xfe", false, "title 12"}, {"标题\x00", false, "标题"},
		{"full", false, "full"}, {"a\x01b\x00", false, ""}, {"\xff\xfe\xfd", false, ""},
		{"cut in a character \xe6\xa0", true, "cut in a character "},
		{strings.Repeat("x", 100), true, strings.Repeat("x", 40) + "…"},
		{"line\n\x00", false, "line\n"}, {"\x7fELF", true, ""},
	} {
		if got := cString([]byte(tt.b), tt.more); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.b, got, tt.want)
		}
	}
}
