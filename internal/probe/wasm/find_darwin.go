package wasm

var browserNames = []string{"chromium", "google-chrome", "chrome", "microsoft-edge"}

func browserPlaces() []string {
	programs := []string{
		"Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
		"Applications/Chromium.app/Contents/MacOS/Chromium",
		"Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
		"Applications/Google Chrome Canary.app/Contents/MacOS/Google Chrome Canary",
	}
	var places []string
	for _, p := range programs {
		places = append(places, "/"+p)
	}
	return append(places, under([]string{"HOME"}, programs...)...)
}
