package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
)

// Channels are set like companies: show prints one as JSON, set stores it whole. A
// secret that is masked there stays as it is stored.

// notifyCommand is about how people are told that something is wrong.
func (p *program) notifyCommand() *cli.Command {
	return &cli.Command{
		Name: "notify", Usage: "how people are told that something is wrong: email, telegram, max, webhook",
		Action: needSubcommand,
		Commands: []*cli.Command{
			{Name: "list", Usage: "list the channels and how they work", Flags: []cli.Flag{jsonFlag()},
				Action: p.notifyList},
			{Name: "show", Usage: "show one channel as JSON, secrets masked", ArgsUsage: "KIND",
				Flags: []cli.Flag{jsonFlag()}, Action: p.printOne(http.MethodGet, channelPath)},
			{Name: "set", Usage: "store a channel's settings from JSON (what `notify show` prints, with your changes)",
				ArgsUsage: "KIND",
				Flags:     []cli.Flag{fileFlag()},
				Action: func(ctx context.Context, cmd *cli.Command) error {
					return p.putFile(ctx, cmd, channelPath)
				}},
			{Name: "chats", Usage: "list the chats that a bot knows, to choose `to` from (JSON as for `notify set`)",
				ArgsUsage: "KIND", Flags: []cli.Flag{fileFlag(), jsonFlag()}, Action: p.notifyChats},
			{Name: "test", Usage: "send a message by it now", ArgsUsage: "KIND", Action: p.notifyTest},
		},
	}
}

// channelPath is the API's path of the channel of one kind.
func channelPath(kind string) string { return "/notifications/" + url.PathEscape(kind) }

// notifyList prints a line for each channel, with whom it does not reach.
func (p *program) notifyList(ctx context.Context, cmd *cli.Command) error {
	if _, err := arguments(cmd); err != nil {
		return err
	}
	return printTable(ctx, p, cmd, "/notifications", func(w io.Writer, list api.Page[api.Channel]) {
		fmt.Fprintln(w, "KIND\tSTATE\tADDRESS\tTO\tWAITING\tLAST SENT\tPROBLEM")
		for _, c := range list.Items {
			problem := "-"
			if c.Problem != nil {
				problem = c.Problem.Message
			} else if len(c.Refused) > 0 {
				problem = toldWithout(c.Refused)
			}
			state := map[bool]string{true: "on", false: "off"}[c.Enabled]
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n",
				c.Kind, state, dash(c.Address), dash(c.To), c.Waiting, when(c.SentAt), problem)
		}
	})
}

// notifyChats prints the chats of the bot that the JSON tells of.
func (p *program) notifyChats(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	text, err := p.readFile(cmd.String("file"))
	if err != nil {
		return err
	}
	return p.printJSON(ctx, cmd, http.MethodPost, channelPath(args[0])+"/chats", text)
}

// notifyTest sends a message now, and says whom it did not reach.
func (p *program) notifyTest(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	var c api.Channel
	if err := p.post(ctx, cmd, channelPath(args[0])+"/test", nil, &c); err != nil {
		return err
	}
	fmt.Fprintln(p.Stdout, "sent: look whether it has arrived")
	if len(c.Refused) > 0 {
		fmt.Fprintln(screen{p.Stdout}, toldWithout(c.Refused))
	}
	return nil
}

// toldWithout names them.
func toldWithout(list []api.RefusedRecipient) string {
	var names []string
	for _, r := range list {
		names = append(names, fmt.Sprintf("%s (%d %s)", r.Address, r.Status, r.Message))
	}
	return "the mail server does not take mail for " + strings.Join(names, ", ")
}
