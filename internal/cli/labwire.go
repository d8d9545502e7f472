package cli

import "github.com/spf13/cobra"

func (a *app) addLab(root *cobra.Command) {}
