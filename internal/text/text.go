// Package text holds every sentence that gomedic says to people, in English and
// in Simplified Chinese, side by side in tables.
//
// A sentence is named by a key and filled with arguments only when it is shown,
// so that one finding can be printed in either language and still be compared,
// stored and tested by its key. JSON always carries the English sentence.
// This package knows nothing of findings or targets. Start at [T] and [Text.In].
package text

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
)

// Lang is a language that gomedic speaks.
type Lang string

// The languages.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// Entry is one sentence in each language: a fmt format. Arguments are numbered
// (%[1]s) where the languages need another order.
type Entry struct{ EN, ZH string }

// Table maps a key to its sentence.
type Table map[string]Entry

// Text is a sentence that is not yet put into a language.
type Text struct {
	Key     string
	Args    []any
	literal string
}

// T returns the sentence named key, filled with args. An argument may itself be
// a Text; it is then put into the same language.
func T(key string, args ...any) Text { return Text{Key: key, Args: args} }

// Literal returns a sentence that is the same in each language, such as one
// read back from JSON.
func Literal(s string) Text { return Text{literal: s} }

// IsZero reports whether t says nothing.
func (t Text) IsZero() bool { return t.Key == "" && t.literal == "" }

// In returns the sentence in lang. A key that no table has comes out as the key
// itself, so that a missing sentence is seen and never a crash.
func (t Text) In(lang Lang) string {
	if t.Key == "" {
		return t.literal
	}
	e, ok := lookup(t.Key)
	if !ok {
		return t.Key
	}
	format := e.EN
	if lang == Chinese && e.ZH != "" {
		format = e.ZH
	}
	args := make([]any, len(t.Args))
	for i, a := range t.Args {
		if inner, ok := a.(Text); ok {
			a = inner.In(lang)
		}
		args[i] = a
	}
	if !strings.Contains(format, "%[") {
		// A sentence that needs none of them: keys made at run time pass the same
		// arguments to each variant.
		return strings.ReplaceAll(format, "%%", "%")
	}
	return fmt.Sprintf(format, args...)
}

// String returns the English sentence.
func (t Text) String() string { return t.In(English) }

// MarshalJSON writes the English sentence.
func (t Text) MarshalJSON() ([]byte, error) { return json.Marshal(t.In(English)) }

// UnmarshalJSON reads a sentence back as a literal.
func (t *Text) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*t = Literal(s)
	return nil
}

// Detect chooses the language: the flag's value if it names one, else LC_ALL,
// LC_MESSAGES and LANG in this order, as POSIX has it. An unknown flag value is
// an error; an unknown environment means English.
func Detect(flag string) (Lang, error) {
	switch strings.ToLower(flag) {
	case "":
	case "en", "english":
		return English, nil
	case "zh", "zh-cn", "zh_cn", "zh-hans", "chinese":
		return Chinese, nil
	default:
		return English, fmt.Errorf("unknown language %q: en and zh are known", flag)
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			if strings.HasPrefix(strings.ToLower(v), "zh") {
				return Chinese, nil
			}
			return English, nil
		}
	}
	return English, nil
}

// Keys returns every key of every table, sorted.
func Keys() []string {
	var keys []string
	for _, t := range tables() {
		for k := range t {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	return keys
}

// Find returns the entry named key.
func Find(key string) (Entry, bool) { return lookup(key) }

func lookup(key string) (Entry, bool) {
	for _, t := range tables() {
		if e, ok := t[key]; ok {
			return e, true
		}
	}
	return Entry{}, false
}
