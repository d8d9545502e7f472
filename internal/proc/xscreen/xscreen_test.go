package xscreen

import (
	"testing"
	"time"

	"github.com/jezek/xgb/randr"
)

func TestPeriodOfModes(t *testing.T) {
	for _, c := range []struct {
		name string
		mode randr.ModeInfo
		hz   float64
	}{
		{"1920x1080 at 60 Hz (CEA-861, format 16)", randr.ModeInfo{DotClock: 148_500_000, Htotal: 2200, Vtotal: 1125}, 60},
		{"1920x1080 interlaced, 60 fields (format 5)", randr.ModeInfo{DotClock: 74_250_000, Htotal: 2200, Vtotal: 1125, ModeFlags: randr.ModeFlagInterlace}, 60},
		{"320x240, each line twice", randr.ModeInfo{DotClock: 12_587_500, Htotal: 400, Vtotal: 262, ModeFlags: randr.ModeFlagDoubleScan}, 60.05},
		{"2560x1440 at 144 Hz", randr.ModeInfo{DotClock: 586_586_000, Htotal: 2720, Vtotal: 1497}, 144.06},
		{"no clock", randr.ModeInfo{Htotal: 2200, Vtotal: 1125}, 0},
		{"a rate of 4 Hz", randr.ModeInfo{DotClock: 10_000_000, Htotal: 2200, Vtotal: 1125}, 0},
	} {
		got := period(c.mode)
		if c.hz == 0 {
			if got != 0 {
				t.Errorf("%s: %v, want none", c.name, got)
			}
			continue
		}
		if want := time.Duration(float64(time.Second) / c.hz); (got - want).Abs() > 5*time.Microsecond {
			t.Errorf("%s: %v, want %v", c.name, got, want)
		}
	}
}

func TestPeriodWithoutDisplay(t *testing.T) {
	if _, err := Period(""); err == nil {
		t.Error("no display, and no error")
	}
	if _, err := Period("127.0.0.1:9999"); err == nil {
		t.Error("no server, and no error")
	}
}
