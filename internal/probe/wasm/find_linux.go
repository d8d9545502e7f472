package wasm

var browserNames = []string{
	"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
	"google-chrome-beta", "google-chrome-unstable", "microsoft-edge", "microsoft-edge-stable",
	"headless-shell", "chrome-headless-shell",
}

func browserPlaces() []string {
	return append([]string{
		"/usr/lib/chromium/chromium",
		"/opt/google/chrome/chrome",
		"/opt/microsoft/msedge/msedge",
		"/snap/bin/chromium",
		"/var/lib/flatpak/exports/bin/org.chromium.Chromium",
		"/var/lib/flatpak/exports/bin/com.google.Chrome",
	}, under([]string{"HOME"}, ".local/share/flatpak/exports/bin/org.chromium.Chromium")...)
}
