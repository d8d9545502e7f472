package wasmfile

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// EmbeddedFile is a file of an embed.FS.
type EmbeddedFile struct {
	Name string
	Data []byte // of the image
}

// The record of a file in an embed.FS (package embed, type file): name and data, each
// a pointer and a length, and 16 bytes of a hash. Words have 8 bytes on wasm.
const (
	recordSize  = 48
	longestName = 4096
	// mostHashed bounds the bytes that are hashed while records are looked for.
	mostHashed = 2 << 30
)

// Embedded finds the files of all embed.FS of a Go program in its initial memory, by
// the records' own hashes. Sorted by name, each file once; folders are left out.
func Embedded(image []byte) []EmbeddedFile {
	var out []EmbeddedFile
	hashed := uint64(0)
	str := func(at int, most uint64) ([]byte, bool) {
		p, n := binary.LittleEndian.Uint64(image[at:]), binary.LittleEndian.Uint64(image[at+8:])
		if n > most || n > uint64(len(image)) || p > uint64(len(image))-n {
			return nil, false
		}
		return image[p : p+n : p+n], true
	}
	for at := 0; at+recordSize <= len(image); at += 8 {
		name, ok := str(at, longestName)
		if !ok || len(name) == 0 || name[0] == '/' || name[len(name)-1] == '/' || !utf8.Valid(name) || bytes.IndexByte(name, 0) >= 0 {
			continue
		}
		data, ok := str(at+16, uint64(len(image)))
		hash := image[at+32 : at+48]
		if !ok || zeroBytes(hash) {
			continue
		}
		if hashed += uint64(len(data)); hashed > mostHashed {
			break
		}
		if !hashOf(data, hash) {
			continue
		}
		out = append(out, EmbeddedFile{string(name), data})
	}
	slices.SortStableFunc(out, func(a, b EmbeddedFile) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(out, func(a, b EmbeddedFile) bool { return a.Name == b.Name && bytes.Equal(a.Data, b.Data) })
}

func zeroBytes(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// hashOf reports whether the compiler gives data this hash. Since Go 1.24 that is the
// SHA-256 with the first byte turned over, or, where the file is too large to be kept
// in memory, of a byte 1 and the data (cmd/internal/hash, Sum32 and New32); before,
// the SHA-256 with every byte turned over (cmd/internal/notsha256).
func hashOf(data, hash []byte) bool {
	sum := sha256.Sum256(data)
	turned := 0
	for i, c := range hash {
		if sum[i]^c == 0xff {
			turned++
		} else if sum[i] != c {
			return hashOfLarge(data, hash)
		}
	}
	return turned == 1 && sum[0] != hash[0] || turned == len(hash)
}

// leastLarge is the size from which on the compiler does not keep a file
// (cmd/compile/internal/staticdata, fileStringSym).
const leastLarge = 1 << 10

func hashOfLarge(data, hash []byte) bool {
	if len(data) < leastLarge {
		return false
	}
	h := sha256.New()
	h.Write([]byte{1})
	h.Write(data)
	return bytes.Equal(h.Sum(nil)[:len(hash)], hash)
}
