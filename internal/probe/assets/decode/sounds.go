package decode

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// decodeWAV follows the chunks of a RIFF file.
func decodeWAV(r *Result, data []byte, _ Options) {
	var rate, block uint32
	for at := uint64(12); ; {
		if at+8 > uint64(len(data)) {
			if rate == 0 {
				r.fail(Truncated, int64(len(data)), `no chunk "fmt "`)
			} else {
				r.fail(Truncated, int64(len(data)), `no chunk "data"`)
			}
			return
		}
		kind, size := string(data[at:at+4]), uint64(binary.LittleEndian.Uint32(data[at+4:]))
		body := at + 8
		switch kind {
		case "fmt ":
			if size < 16 || body+16 > uint64(len(data)) {
				r.fail(Structure, int64(at), `chunk "fmt " is too short`)
				return
			}
			channels := binary.LittleEndian.Uint16(data[body+2:])
			rate, block = binary.LittleEndian.Uint32(data[body+4:]), uint32(binary.LittleEndian.Uint16(data[body+12:]))
			if channels == 0 || rate == 0 || block == 0 {
				r.fail(Structure, int64(at), fmt.Sprintf("%d channels, %d samples a second, %d bytes a sample", channels, rate, block))
				return
			}
		case "data":
			if rate == 0 {
				r.fail(Structure, int64(at), `chunk "data" comes before "fmt "`)
				return
			}
			if have := uint64(len(data)) - body; size > have {
				if size >= 0x7ffff000 { // written as a stream: the size was not known
					size = have
				} else {
					r.fail(Truncated, int64(len(data)), fmt.Sprintf("it has %d bytes of sound, its header says %d", have, size))
					return
				}
			}
			r.Seconds = float64(size) / float64(block) / float64(rate)
			return
		}
		at = body + size + size&1
	}
}

var oggTable = func() (t [256]uint32) {
	for i := range t {
		c := uint32(i) << 24
		for range 8 {
			if c&0x80000000 != 0 {
				c = c<<1 ^ 0x04c11db7
			} else {
				c <<= 1
			}
		}
		t[i] = c
	}
	return t
}()

// decodeOgg checks each page's sum.
func decodeOgg(r *Result, data []byte, _ Options) {
	var rate uint32
	var granule int64
	first := true
	for at := 0; at < len(data); {
		if at+27 > len(data) || string(data[at:at+4]) != "OggS" {
			if at+27 > len(data) {
				r.fail(Truncated, int64(at), "")
			} else {
				r.fail(Structure, int64(at), "no page begins here")
			}
			return
		}
		n := int(data[at+26])
		size := 27 + n
		if at+size > len(data) {
			r.fail(Truncated, int64(at), "a page's header")
			return
		}
		for _, s := range data[at+27 : at+size] {
			size += int(s)
		}
		if at+size > len(data) {
			r.fail(Truncated, int64(at), fmt.Sprintf("a page has %d bytes of %d", len(data)-at, size))
			return
		}
		var sum uint32
		for i, b := range data[at : at+size] {
			if i >= 22 && i < 26 {
				b = 0
			}
			sum = sum<<8 ^ oggTable[byte(sum>>24)^b]
		}
		if sum != binary.LittleEndian.Uint32(data[at+22:]) {
			r.fail(Checksum, int64(at), "a page's checksum is wrong")
			return
		}
		if body := data[at+27+n : at+size]; first {
			switch {
			case len(body) >= 16 && bytes.HasPrefix(body, []byte("\x01vorbis")):
				rate = binary.LittleEndian.Uint32(body[12:])
			case bytes.HasPrefix(body, []byte("OpusHead")):
				rate = 48000
			default:
				r.Note = NoteHeader
			}
			first = false
		}
		if g := int64(binary.LittleEndian.Uint64(data[at+6:])); g > granule {
			granule = g
		}
		at += size
	}
	if rate > 0 {
		r.Seconds = float64(granule) / float64(rate)
	}
}

var mp3Rates = [4][3]int{{11025, 12000, 8000}, {}, {22050, 24000, 16000}, {44100, 48000, 32000}} // by version: 2.5, -, 2, 1
var mp3Bits = [5][15]int{
	{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448}, // version 1, layer 1
	{0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
	{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
	{0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256}, // version 2, layer 1
	{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
}

// mp3Frame is the size and the time of the frame whose header begins b; 0: none does.
func mp3Frame(b []byte) (size int, seconds float64) {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe0 != 0xe0 {
		return 0, 0
	}
	version, layer, bits, rate, pad := b[1]>>3&3, 4-int(b[1]>>1&3), int(b[2]>>4), int(b[2]>>2&3), int(b[2]>>1&1)
	if version == 1 || layer == 4 || bits == 0 || bits == 15 || rate == 3 {
		return 0, 0
	}
	table, samples := layer-1, 1152
	if version != 3 {
		table = min(layer+2, 4)
	}
	hz := mp3Rates[version][rate]
	switch {
	case layer == 1:
		return (12*mp3Bits[table][bits]*1000/hz + pad) * 4, 384 / float64(hz)
	case layer == 3 && version != 3:
		samples = 576
	}
	return samples/8*mp3Bits[table][bits]*1000/hz + pad, float64(samples) / float64(hz)
}

func mp3Start(b []byte) int {
	if len(b) >= 10 && string(b[:3]) == "ID3" {
		n := int(b[6]&0x7f)<<21 | int(b[7]&0x7f)<<14 | int(b[8]&0x7f)<<7 | int(b[9]&0x7f)
		return 10 + n
	}
	return 0
}

func isMP3(b []byte) bool {
	n, _ := mp3Frame(b)
	return n > 0 || bytes.HasPrefix(b, []byte("ID3"))
}

// decodeMP3 follows the frames.
func decodeMP3(r *Result, data []byte, _ Options) {
	at := mp3Start(data)
	if at > len(data) {
		r.fail(Truncated, int64(len(data)), "its tag ends behind the file")
		return
	}
	for at < len(data) && data[at] == 0 { // padding
		at++
	}
	frames := 0
	for at+4 <= len(data) {
		n, seconds := mp3Frame(data[at:])
		if n == 0 {
			if frames == 0 {
				r.fail(Structure, int64(at), "no frame begins here")
				return
			}
			if rest := data[at:]; string(rest[:3]) == "TAG" || string(rest[:3]) == "APE" || len(bytes.TrimRight(rest, "\x00")) == 0 {
				return
			}
			// Decoders look for the next frame; two must follow.
			i := bytes.IndexByte(data[at+1:], 0xff)
			if i < 0 {
				return
			}
			at += 1 + i
			continue
		}
		frames++
		r.Seconds += seconds
		at += n
	}
	if frames == 0 {
		r.fail(Truncated, int64(len(data)), "no frame")
	}
}

func decodeFLAC(r *Result, data []byte, _ Options) {
	if len(data) < 42 {
		r.fail(Truncated, int64(len(data)), "the header")
		return
	}
	x := binary.BigEndian.Uint64(data[18:])
	rate, total := x>>44, x&(1<<36-1)
	if rate == 0 {
		r.fail(Structure, 18, "0 samples a second")
		return
	}
	r.Seconds, r.Note = float64(total)/float64(rate), NoteHeader
}
