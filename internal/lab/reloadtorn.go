package lab

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// torn saves files that belong together, n times, with gap between one and the next:
// each has WORD and a number, which grows. What the program draws has the word of each
// file, and never of two saves.
func (s *reloadSession) torn(ctx context.Context, gap time.Duration, n int, word string, names []string) error {
	number := regexp.MustCompile(`\b` + regexp.QuoteMeta(word) + `\d+\b`)
	for range n {
		old := number.FindString(string(s.files[names[0]]))
		if old == "" {
			return fmt.Errorf("%s has no %s and a number", names[0], word)
		}
		last, _ := strconv.Atoi(strings.TrimPrefix(old, word))
		next := word + strconv.Itoa(last+1)
		s.begin()
		for i, name := range names {
			if i > 0 {
				time.Sleep(gap)
			}
			b := number.ReplaceAllString(string(s.files[name]), next)
			if b == string(s.files[name]) {
				return fmt.Errorf("%s has no %s", name, old)
			}
			if err := s.write(name, []byte(b), s.style); err != nil {
				return err
			}
		}
		mixed := ""
		err := s.wait(ctx, reloadWithin, func() bool {
			for _, l := range s.lines[min(s.mark, len(s.lines)):] {
				m := drawn.FindStringSubmatch(l)
				if m == nil {
					continue
				}
				all := number.FindAllString(m[1], -1)
				if len(slices.Compact(slices.Sorted(slices.Values(all)))) > 1 {
					mixed = m[1]
					return true
				}
				if len(all) == len(names) && all[0] == next {
					return true
				}
			}
			return false
		})
		if err != nil {
			return fmt.Errorf("%s is not shown: %w", next, err)
		}
		if mixed != "" {
			return fmt.Errorf("it has drawn %q, which is of two saves", mixed)
		}
		names = append(slices.Clone(names[1:]), names[0]) // another order
	}
	return nil
}
