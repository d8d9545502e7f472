package main

import (
	"fmt"
	"strings"

	"github.com/gomedic/gomedic/internal/driverlog"
	"github.com/gomedic/gomedic/internal/text"
)

// words are the page's own, in one language.
type words struct {
	lang                                     text.Lang
	name, title, intro, message, means, todo string
	user, process, advice, lasts             string
}

var languages = []words{
	{
		lang: text.English, name: "driver-log.md", title: "# What graphics drivers say",
		intro: "The messages that `gomedic check` knows in the kernel log, and that `gomedic safe` and `gomedic check -- COMMAND` know on a program's standard error. " +
			"Each has an example as the driver writes it, what it means, and what to do. [gpu/driver-error](findings/gpu-driver-error.md) says how a message is matched to a program.\n\n" +
			"`gomedic check --log FILE` judges a log from another machine: the output of `dmesg` in any of its formats, of `journalctl -k` (also `-o json`), or a syslog file; packed by gzip, too.\n\n" +
			"*lasts* means that a message from before the program's start counts as well.",
		message: "message", means: "what it means", todo: "what to do", user: "On standard error", process: "Processes", advice: "What to do", lasts: " *(lasts)*",
	},
	{
		lang: text.Chinese, name: "zh/driver-log.md", title: "# 显卡驱动会说什么",
		intro: "`gomedic check` 在内核日志中认识的消息，以及 `gomedic safe` 和 `gomedic check -- 命令` 在程序标准错误中认识的消息。" +
			"每条都有一个驱动原样写出的例子、含义和处理办法。消息怎样与程序对应，见 [gpu/driver-error](findings/gpu-driver-error.md)。\n\n" +
			"`gomedic check --log 文件` 可以判断另一台机器的日志：`dmesg` 的任何格式、`journalctl -k`（也可 `-o json`）的输出或 syslog 文件；可以用 gzip 压缩。\n\n" +
			"*持续*表示程序启动之前的消息也算。",
		message: "消息", means: "含义", todo: "处理办法", user: "标准错误", process: "进程", advice: "处理办法", lasts: "*（持续）*",
	},
}

// pages returns the page in each language by its path below docs.
func pages() map[string]string {
	all := map[string]string{}
	for _, w := range languages {
		all[w.name] = w.page()
	}
	return all
}

func (w *words) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n", w.title, w.intro)
	examples := driverlog.Examples()
	var sections, advice []string
	rows := map[string]*strings.Builder{}
	seen := map[string]bool{}
	for _, p := range driverlog.Patterns() {
		name := p.Driver
		switch {
		case p.User:
			name = w.user
		case p.Driver == "process":
			name = w.process
		}
		if rows[name] == nil {
			sections, rows[name] = append(sections, name), new(strings.Builder)
		}
		example := examples[p.ID]
		if code, ok := strings.CutPrefix(p.ID, "nvidia-xid-"); ok {
			example = "NVRM: Xid (PCI:0000:01:00): " + code + ", …"
		}
		means := text.T("driver.means." + p.ID).In(w.lang)
		if p.Lasts && !p.User {
			means += w.lasts
		}
		todo := ""
		if p.Do != "" {
			todo = "[" + p.Do + "](#" + p.Do + ")"
			if !seen[p.Do] {
				seen[p.Do] = true
				advice = append(advice, p.Do)
			}
		}
		fmt.Fprintf(rows[name], "| `%s` | %s | %s |\n", strings.ReplaceAll(example, "|", "\\|"), means, todo)
	}
	for _, name := range sections {
		fmt.Fprintf(&b, "\n## %s\n| %s | %s | %s |\n|---|---|---|\n%s", name, w.message, w.means, w.todo, rows[name])
	}
	fmt.Fprintf(&b, "\n## %s\n", w.advice)
	for _, do := range advice {
		fmt.Fprintf(&b, "\n### %s\n%s\n", do, text.T("driver.now."+do).In(w.lang))
	}
	return b.String()
}
