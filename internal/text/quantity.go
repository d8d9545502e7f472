package text

import (
	"fmt"
	"strconv"
	"time"
)

// Duration returns d in the words of each language, rounded to what a person
// needs: "850 ms", "12.4 s", "3 min 20 s", "2 h 5 min".
func Duration(d time.Duration) Text {
	switch {
	case d <= 0:
		return T("duration.ms", "0")
	case d < 10*time.Millisecond:
		return T("duration.ms", strconv.FormatFloat(float64(d)/1e6, 'f', 1, 64))
	case d < 999500*time.Microsecond:
		return T("duration.ms", strconv.FormatInt(d.Round(time.Millisecond).Milliseconds(), 10))
	case d < 59950*time.Millisecond:
		return T("duration.s", strconv.FormatFloat(d.Seconds(), 'f', 1, 64))
	case d.Round(time.Second) < time.Hour:
		s := int64(d.Round(time.Second) / time.Second)
		return T("duration.min", s/60, s%60)
	case d.Round(time.Minute) < 48*time.Hour:
		m := int64(d.Round(time.Minute) / time.Minute)
		return T("duration.h", m/60, m%60)
	}
	h := int64(d.Round(time.Hour) / time.Hour)
	return T("duration.d", h/24, h%24)
}

// Percent returns a share between 0 and 1 as "95%". A share that is neither
// nothing nor everything never rounds to 0 or 100.
func Percent(share float64) string {
	switch {
	case share > 0 && share < 0.01:
		return "< 1%"
	case share < 1 && share > 0.99:
		return "> 99%"
	}
	return fmt.Sprintf("%.0f%%", share*100)
}

// Plural chooses between key+".one" and key+".many" by n, which becomes the
// first argument; args follow it.
func Plural(key string, n int, args ...any) Text {
	if n == 1 {
		key += ".one"
	} else {
		key += ".many"
	}
	return T(key, append([]any{n}, args...)...)
}

// Bytes returns a size as "850 B", "12.4 MiB": three figures, or four before the
// next unit. It is the same in each language.
func Bytes(n int64) string {
	sign := ""
	x := float64(n)
	if x < 0 {
		sign, x = "-", -x
	}
	if x < 1024 {
		return sign + strconv.FormatInt(int64(x), 10) + " B"
	}
	unit := ""
	for _, unit = range []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"} {
		if x /= 1024; x < 1023.5 {
			break
		}
	}
	decimals := 0
	if x < 99.95 {
		decimals = 1
	}
	return sign + strconv.FormatFloat(x, 'f', decimals, 64) + " " + unit
}
