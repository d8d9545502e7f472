package decode

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// oneLine is an error or a panic in a line that is not long.
func oneLine(v any) string {
	s := strings.Join(strings.Fields(fmt.Sprint(v)), " ")
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}

// printableStart shows how a file begins.
func printableStart(b []byte) string { return fmt.Sprintf("%q", b[:min(len(b), 12)]) }

// code tells a file that ends too early from one with other bytes.
func code(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || strings.Contains(err.Error(), "unexpected EOF") ||
		strings.Contains(err.Error(), "not enough") || strings.Contains(err.Error(), "short Huffman data") {
		return Truncated
	}
	if s := err.Error(); strings.Contains(s, "checksum") {
		return Checksum
	}
	return Structure
}
