package cli

import "github.com/spf13/cobra"

// addLab adds the lab's commands, which run this same program on sick ones.
func (a *app) addLab(root *cobra.Command) {
	root.AddCommand(newLabCommand(ownPath(), a.lang, func(code int) { a.exit = code }))
}
