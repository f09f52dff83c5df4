package cli

import (
	"fmt"
	"maps"
	"strings"

	"github.com/urfave/cli/v3"
)

// The help of a command ends with examples, which a test runs, and with what its exit code
// means. Both stand here and not with the commands, so that they can be read in one go:
// whoever adds a command finds the test asking for its lines.

// examples are the command lines that the help shows, by the words of the command. 2 is the
// company, 1001 an order of it.
func examples() map[string][]string {
	all := machineExamples()
	maps.Copy(all, shopExamples())
	maps.Copy(all, chatExamples())
	return all
}

// machineExamples are of commands about the program and the machine.
func machineExamples() map[string][]string {
	return map[string][]string{
		"": {"ineed-insales --public-url https://connector.example.com", "ineed-insales demo --once --lang en",
			"ineed-insales order list 2 --state attention", "ineed-insales order show --help"},
		"serve": {"ineed-insales serve",
			"CONNECTOR_CHAT_URL=https://NAME.ineed.chat ineed-insales serve --addr 127.0.0.1:8080"},
		"demo":                 {"ineed-insales demo", "ineed-insales demo --once --lang en"},
		"healthcheck":          {"ineed-insales healthcheck"},
		"version":              {"ineed-insales version", "ineed-insales version --json"},
		"config":               {"ineed-insales config", "ineed-insales config --json"},
		"doctor":               {"ineed-insales doctor", "ineed-insales doctor --json"},
		"support":              {"ineed-insales support > support.txt", "ineed-insales support --json"},
		"admin":                {"ineed-insales admin reset-password"},
		"admin reset-password": {"ineed-insales admin reset-password", "ineed-insales admin reset-password --json"},
		"admin reset-code":     {"ineed-insales admin reset-code"},
		"token":                {"ineed-insales token list", "ineed-insales token create Reports"},
		"token list":           {"ineed-insales token list", "ineed-insales token list --json"},
		"token create":         {"ineed-insales token create Reports", "ineed-insales token create Warehouse --right all"},
		"token revoke":         {"ineed-insales token revoke Reports"},
		"backup":               {"ineed-insales backup connector-backup.db", "ineed-insales backup - > connector-backup.db"},
		"restore":              {"ineed-insales restore connector-backup.db", "ineed-insales restore - < connector-backup.db"},
		"completion":           {"ineed-insales completion bash > /etc/bash_completion.d/ineed-insales"},
		"completion bash":      {"source <(ineed-insales completion bash)"},
		"completion zsh":       {"ineed-insales completion zsh > ~/.zsh/_ineed-insales"},
		"completion fish":      {"ineed-insales completion fish > ~/.config/fish/completions/ineed-insales.fish"},
		"completion pwsh":      {"ineed-insales completion pwsh > ineed-insales.ps1"},
	}
}

// shopExamples are of commands about companies and orders.
func shopExamples() map[string][]string {
	return map[string][]string{
		"company":      {"ineed-insales company list", "ineed-insales company show 2"},
		"company list": {"ineed-insales company list", "ineed-insales company list --json"},
		"company show": {"ineed-insales company show 2", "ineed-insales company show 2 > company.json"},
		"company set": {"ineed-insales company set 2 --file company.json",
			"ineed-insales company set 2 < company.json"},
		"company pause":           {"ineed-insales company pause 2"},
		"company resume":          {"ineed-insales company resume 2"},
		"company confirm-account": {"ineed-insales company confirm-account 2"},
		"company delete":          {"ineed-insales company delete 2"},
		"company refusals": {"ineed-insales company refusals 2", "ineed-insales company refusals 2 --limit 1 --json",
			"ineed-insales company refusals 2 --erase"},
		"company rotate-secret": {"ineed-insales company rotate-secret 2",
			"ineed-insales company rotate-secret 2 --of insales"},
		"company payments":   {"ineed-insales company payments 2", "ineed-insales company payments 2 --json"},
		"company deliveries": {"ineed-insales company deliveries 2", "ineed-insales company deliveries 2 --json"},
		"company statuses":   {"ineed-insales company statuses 2", "ineed-insales company statuses 2 --json"},
		"company prices":     {"ineed-insales company prices 2", "ineed-insales company prices 2 --json"},
		"order":              {"ineed-insales order list 2 --state attention", "ineed-insales order show 2 1001"},
		"order list": {"ineed-insales order list", "ineed-insales order list 2 --state attention --from 48h",
			"ineed-insales order list 2 --q 9990000000 --json"},
		"order show": {"ineed-insales order show 2 1001", "ineed-insales order show 2 1001 --bodies",
			"ineed-insales order show 2 1001 --json"},
		"order retry": {"ineed-insales order retry 2 1001",
			"ineed-insales order retry 2 --problem payment_unmapped"},
		"order cancel": {"ineed-insales order cancel 2 1001"},
		"order link": {"ineed-insales order link 2 1001 2001",
			"ineed-insales order link 2 1001 https://myshop-ab123.myinsales.ru/admin2/orders/2001"},
		"order accept":  {"ineed-insales order accept 2 1001", "ineed-insales order accept 2 1001 --body 2"},
		"order refresh": {"ineed-insales order refresh 2 1001"},
		"order report":  {"ineed-insales order report 2 1001"},
		"order erase":   {"ineed-insales order erase 2 1001"},
		"order preview": {"ineed-insales order preview 2 1001",
			"ineed-insales order preview 2 --file webhook.json"},
		"order confirm-gone": {"ineed-insales order confirm-gone 2"},
		"order reread": {"ineed-insales order reread 2 --since 48h",
			"ineed-insales order reread 2 --since 2026-11-23T12:00:00+03:00"},
	}
}

// chatExamples are of commands about what a company is tried on, and what its chat and people get.
func chatExamples() map[string][]string {
	return map[string][]string{
		"check": {"ineed-insales check 2", "ineed-insales check 2 --json"},
		"probe": {"ineed-insales probe 2", "ineed-insales probe 2 --show --json",
			"ineed-insales probe 2 --write --name Anna --phone +79990000000 --email anna@example.com",
			"ineed-insales probe 2 --clean"},
		"catalog": {"ineed-insales catalog show 2", "ineed-insales catalog sync 2 --wait"},
		"catalog sync": {"ineed-insales catalog sync 2", "ineed-insales catalog sync 2 --full --wait",
			"ineed-insales catalog sync 2 --json"},
		"catalog show":    {"ineed-insales catalog show 2", "ineed-insales catalog show 2 --json"},
		"catalog runs":    {"ineed-insales catalog runs 2", "ineed-insales catalog runs 2 --limit 1 --json"},
		"catalog confirm": {"ineed-insales catalog confirm 2"},
		"notify":          {"ineed-insales notify list", "ineed-insales notify test telegram"},
		"notify list":     {"ineed-insales notify list", "ineed-insales notify list --json"},
		"notify show":     {"ineed-insales notify show telegram", "ineed-insales notify show telegram > telegram.json"},
		"notify set": {"ineed-insales notify set telegram --file telegram.json",
			"ineed-insales notify set telegram < telegram.json"},
		"notify chats":  {"ineed-insales notify chats telegram --file telegram.json"},
		"notify test":   {"ineed-insales notify test telegram"},
		"wire":          {"ineed-insales wire unread 2", "ineed-insales wire replay 2 --dry-run"},
		"wire presets":  {"ineed-insales wire presets", "ineed-insales wire presets --json"},
		"wire show":     {"ineed-insales wire show 2", "ineed-insales wire show 2 --json"},
		"wire unread":   {"ineed-insales wire unread 2", "ineed-insales wire unread 2 --limit 1 --json"},
		"wire replay":   {"ineed-insales wire replay 2 --dry-run", "ineed-insales wire replay 2"},
		"wire listen":   {"ineed-insales wire listen 2", "ineed-insales wire listen 2 --hours 0"},
		"wire unproven": {"ineed-insales wire unproven 2", "ineed-insales wire unproven 2 --forget"},
		"wire drop":     {"ineed-insales wire drop 2 1"},
		"wire try": {"ineed-insales wire try 2 --body webhook.json",
			"ineed-insales wire try 2 --unread 1 --preset botobot", "ineed-insales wire try 2 --order 1001"},
	}
}

// failures say what exit code 1 means where it is more than that something went wrong.
func failures() map[string]string {
	return map[string]string{
		"check":        "something that the company needs does not work, or the shop could not be asked",
		"doctor":       "something is a problem",
		"healthcheck":  "the connector is not alive",
		"demo":         "not all of the story came true",
		"probe":        "it was interrupted, has left something in the shop, or could not begin",
		"support":      "something could not be asked; the rest was printed",
		"catalog sync": "it could not begin or, with --wait, it did not end well",
		"wire try":     "what comes out would not be taken",
		"serve":        "it could not start, or something made it end; a stop by a signal is 0",
	}
}

// teach gives the commands of a list, and those below them, a help that ends with examples
// and exit codes. above is the words before theirs.
func teach(list []*cli.Command, above string) {
	for _, c := range list {
		words := strings.TrimSpace(above + " " + c.Name)
		c.Description = strings.TrimSpace(c.Description + "\n\n" + lesson(words))
		if words != "serve" { // which takes all that the program takes
			c.CustomHelpTemplate = withoutGlobals()
		}
		teach(c.Commands, words)
	}
}

// withoutGlobals is the library's help of a command without the settings of the program,
// which would be most of it.
func withoutGlobals() string {
	before, _, found := strings.Cut(cli.CommandHelpTemplate, "{{if .VisiblePersistentFlags}}")
	if !found {
		return ""
	}
	return before + "\n\nSettings of the program, such as --socket: see ineed-insales --help\n"
}

// lesson is the end of what the help of the command with these words says.
func lesson(words string) string {
	var b strings.Builder
	if lines := examples()[words]; len(lines) > 0 {
		b.WriteString("Examples:\n")
		for _, line := range lines {
			b.WriteString("  " + line + "\n")
		}
		b.WriteString("\n")
	}
	failed := "it went wrong; the reason is on standard error"
	if text, ok := failures()[words]; ok {
		failed = text
	}
	fmt.Fprintf(&b, "Exit codes:\n  %d  done\n  %d  %s\n  %d  the command line or the settings cannot be used",
		ExitDone, ExitFailed, failed, exitUsage)
	return b.String()
}

// teachCompletion shows the command that is the library's own among ours.
func (p *program) teachCompletion(c *cli.Command) {
	c.Hidden = false
	c.Usage = "print what a shell needs to complete commands and flags: bash, zsh, fish or pwsh"
	c.Description = "Each new shell has to read what is printed; the examples of each shell show where it looks."
	c.Action = needSubcommand
	teach(p.withUsage([]*cli.Command{c}), "")
}
