// A program without a UI may wait as it likes.
package main

import (
	"flag"
	"net/http"
	"os"
)

func main() {
	flag.Parse()
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { os.ReadFile("a") })
	http.ListenAndServe(":80", nil)
}
