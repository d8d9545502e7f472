package main

import (
	"encoding/json"
	"net/http"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-network",
		Illness: "choosing an entry of a select fetches it from a server that does not answer",
		ID:      []string{"ui-blocked/network"},
		Where:   []string{"main.fetchRates"},
		Short:   true,
	}, network)
}

func fetchRates(server, currency string) (rate float64, err error) {
	answer, err := http.Get("http://" + server + "/rates/" + currency)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	return rate, json.NewDecoder(answer.Body).Decode(&rate)
}

func network(s *stage) fyne.CanvasObject {
	server, shown := harness.SilentServer(), widget.NewLabel("")
	choice := widget.NewSelect([]string{"EUR", "CNY", "USD"}, func(currency string) {
		harness.Armed()
		if _, err := fetchRates(server, currency); err != nil {
			shown.SetText(err.Error())
		}
	})
	s.Do(func() { choice.SetSelected("CNY") })
	return container.NewVBox(choice, shown)
}
