package wasm

var browserNames = []string{"chrome.exe", "chromium.exe", "msedge.exe"}

func browserPlaces() []string {
	return under([]string{"ProgramFiles", "ProgramFiles(x86)", "LocalAppData"},
		`Google\Chrome\Application\chrome.exe`,
		`Chromium\Application\chrome.exe`,
		`Microsoft\Edge\Application\msedge.exe`)
}
