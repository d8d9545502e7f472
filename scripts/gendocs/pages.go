package main

import (
	"fmt"
	"path"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gomedic/gomedic/internal/cli"
	"github.com/gomedic/gomedic/internal/text"
)

// words are the few that the commands' help does not have.
type words struct {
	lang      text.Lang
	folder    string // below docs
	title     string
	intro     string
	usage     string
	examples  string
	flags     string
	inherited string
	commands  string
	see       string
	codes     string
}

var languages = []words{
	{
		lang: text.English, folder: "commands", title: "The commands",
		intro: "A page for each command, made from its own help (`gomedic COMMAND --help`).\n\n" +
			"Shell completion comes with the program: `gomedic completion bash`, `zsh`, `fish` or `powershell` prints the script, for instance `source <(gomedic completion bash)`. So do the man pages: `gomedic man ~/.local/share/man/man1`, then `man gomedic-check`.",
		usage: "Usage", examples: "Examples", flags: "Flags", inherited: "Flags of every command", commands: "Commands", see: "See also",
		codes: "Exit codes: 0 healthy, 1 findings, 2 the command could not do its work.",
	},
	{
		lang: text.Chinese, folder: "zh/commands", title: "命令",
		intro: "每个命令一页，内容取自命令自身的帮助（`gomedic 命令 --help`）。\n\n" +
			"shell 补全随程序提供：`gomedic completion bash`（或 `zsh`、`fish`、`powershell`）会输出脚本，例如 `source <(gomedic completion bash)`。man 手册页也一样：`gomedic man ~/.local/share/man/man1`，之后即可 `man gomedic-check`。",
		usage: "用法", examples: "示例", flags: "选项", inherited: "通用选项", commands: "命令", see: "另见",
		codes: "退出码：0 健康，1 有问题，2 命令未能完成。",
	},
}

// pages returns every page by its path below docs.
func pages() map[string]string {
	all := make(map[string]string)
	for _, w := range languages {
		root := cli.Commands(w.lang)
		var index strings.Builder
		fmt.Fprintf(&index, "# %s\n\n%s\n\n%s\n\n", w.title, w.intro, w.codes)
		var visit func(*cobra.Command)
		visit = func(c *cobra.Command) {
			if c != root && !c.IsAvailableCommand() || c.Name() == "completion" {
				return // completion's help is cobra's own, in English only
			}
			fmt.Fprintf(&index, "- [%s](%s): %s\n", c.CommandPath(), file(c), c.Short)
			all[path.Join(w.folder, file(c))] = w.page(c)
			for _, sub := range c.Commands() {
				visit(sub)
			}
		}
		visit(root)
		all[path.Join(w.folder, "README.md")] = index.String()
	}
	return all
}

// file is the name of a command's page.
func file(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") + ".md" }

func (w words) page(c *cobra.Command) string {
	var b strings.Builder
	long := c.Long
	if long == "" {
		long = c.Short
	}
	fmt.Fprintf(&b, "# %s\n\n%s\n\n## %s\n```\n%s\n```\n", c.CommandPath(), long, w.usage, c.UseLine())
	if c.Example != "" {
		fmt.Fprintf(&b, "\n## %s\n```\n%s\n```\n", w.examples, unindent(c.Example))
	}
	w.list(&b, w.flags, c.NonInheritedFlags())
	w.list(&b, w.inherited, c.InheritedFlags())
	var subs strings.Builder
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "completion" {
			fmt.Fprintf(&subs, "- [%s](%s): %s\n", sub.CommandPath(), file(sub), sub.Short)
		}
	}
	if subs.Len() > 0 {
		fmt.Fprintf(&b, "\n## %s\n%s", w.commands, &subs)
	}
	if c.HasParent() {
		fmt.Fprintf(&b, "\n## %s\n- [%s](%s): %s\n", w.see, c.Parent().CommandPath(), file(c.Parent()), c.Parent().Short)
	}
	return b.String()
}

func (w words) list(b *strings.Builder, title string, flags *pflag.FlagSet) {
	if usage := strings.TrimRight(flags.FlagUsages(), "\n"); usage != "" {
		fmt.Fprintf(b, "\n## %s\n```\n%s\n```\n", title, usage)
	}
}

// unindent takes two leading spaces from each line.
func unindent(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "  ")
	}
	return strings.Join(lines, "\n")
}
