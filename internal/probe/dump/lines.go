package dump

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// eachLine calls f with every line of br, without its end. A line longer than
// maxLine is cut. It stops without an error at the end of the input.
func eachLine(br *bufio.Reader, f func(string)) error {
	var long []byte
	for {
		part, err := br.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			if room := maxLine - len(long); room > 0 {
				long = append(long, part[:min(room, len(part))]...)
			}
			continue
		}
		if len(long) > 0 {
			if room := maxLine - len(long); room > 0 {
				part = append(long, part[:min(room, len(part))]...)
			} else {
				part = long
			}
			long = nil
		}
		if len(part) > 0 {
			unpack(strings.TrimRight(string(part), "\r\n"), f)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// unpack takes a log writer's wrapping off: a JSON object a line (docker's
// json-file driver, zap, slog), and a dump written as one escaped string.
func unpack(line string, f func(string)) {
	if strings.HasPrefix(line, "{") && strings.HasSuffix(line, "}") {
		if texts := jsonTexts(line); len(texts) > 0 {
			for _, t := range texts {
				for _, l := range strings.Split(strings.TrimSuffix(t, "\n"), "\n") {
					f(plain(l))
				}
			}
			return
		}
	}
	if strings.Contains(line, `]:\n`) && strings.Contains(line, "goroutine ") {
		line = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\"`, `"`).Replace(line)
		for _, l := range strings.Split(line, "\n") {
			f(plain(l))
		}
		return
	}
	f(plain(line))
}

// logKeys are the fields in which log writers keep the line: docker, journalctl
// -o json, zap and slog and logrus, Elastic, Google Cloud.
var logKeys = []string{"log", "MESSAGE", "msg", "message", "textPayload", "stack", "stacktrace", "error"}

func jsonTexts(line string) []string {
	var object map[string]any
	if json.Unmarshal([]byte(line), &object) != nil {
		return nil
	}
	var texts []string
	for _, k := range logKeys {
		if s, ok := object[k].(string); ok {
			texts = append(texts, s)
		}
	}
	return texts
}

// plain takes off colours and carriage returns, and puts back the tab that
// rsyslog writes as #011.
func plain(line string) string {
	line = strings.TrimRight(line, "\r")
	if strings.IndexByte(line, 0x1b) >= 0 {
		line = stripANSI(line)
	}
	if strings.Contains(line, "#011") {
		line = strings.ReplaceAll(line, "#011", "\t")
	}
	return line
}

// stripANSI removes control sequences (ECMA-48: ESC [ parameters final).
func stripANSI(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != 0x1b {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '[' {
			i += 2
			for i < len(s) && (s[i] < 0x40 || s[i] > 0x7e) {
				i++
			}
		}
	}
	return b.String()
}

// A shape is what the prefixes of one log have in common: words, whatever they
// are, between the same punctuation. "2026-01-02T15:04:05.123Z stderr F " has
// the shape "w-w-w:w:w.w w w ".
type shape string

func shapeOf(prefix string) shape {
	var b strings.Builder
	for i := 0; i < len(prefix); {
		switch c := prefix[i]; {
		case isWord(c):
			b.WriteByte('w')
			for i < len(prefix) && isWord(prefix[i]) {
				i++
			}
		case c == ' ':
			b.WriteByte(' ')
			// Of the last run each space counts: an indentation may follow it.
			if strings.TrimLeft(prefix[i:], " ") == "" {
				b.WriteString(prefix[i+1:])
				return shape(b.String())
			}
			for i < len(prefix) && prefix[i] == ' ' {
				i++
			}
		default:
			b.WriteByte(c)
			i++
		}
	}
	return shape(b.String())
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

// strip takes a prefix of this shape off line. A line without it is returned as
// it is: some writers prefix only the first line of a message.
func (s shape) strip(line string) string {
	if s == "" {
		return line
	}
	i := 0
	for k := 0; k < len(s); k++ {
		// A container's runtime may cut the blank at the end of an empty line.
		if i == len(line) && s[k] == ' ' {
			return ""
		}
		if i == len(line) {
			return line
		}
		switch s[k] {
		case 'w':
			if !isWord(line[i]) {
				return line
			}
			for i < len(line) && isWord(line[i]) {
				i++
			}
		case ' ':
			if line[i] != ' ' {
				return line
			}
			i++
			if strings.Trim(string(s[k:]), " ") != "" {
				for i < len(line) && line[i] == ' ' {
					i++
				}
			}
		default:
			if line[i] != s[k] {
				return line
			}
			i++
		}
	}
	return line[i:]
}
