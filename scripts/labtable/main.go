// Command labtable reads what gomedic lab score --json wrote, from standard
// input, and prints it for people: the table, the sum, and as the last line how
// many runs went as they must, in the form that CI systems count.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/gomedic/gomedic/internal/lab"
	"github.com/gomedic/gomedic/internal/text"
)

func main() {
	var result lab.Result
	if err := json.NewDecoder(os.Stdin).Decode(&result); err != nil {
		fmt.Fprintln(os.Stderr, "labtable: read the score:", err)
		os.Exit(2)
	}
	if err := lab.WriteTable(os.Stdout, text.English, result); err != nil {
		fmt.Fprintln(os.Stderr, "labtable:", err)
		os.Exit(2)
	}
	passed := 0
	for _, run := range result.Runs {
		if right(run) {
			passed++
		}
	}
	fmt.Printf("%d passed, %d failed\n", passed, len(result.Runs)-passed)
}

// right reports whether everything that was judged of a run is as it must be.
func right(o lab.Outcome) bool {
	return o.Found != lab.No && o.Place != lab.No && o.Blocker != lab.No && len(o.False) == 0
}
