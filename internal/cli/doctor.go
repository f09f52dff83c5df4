package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/reach"
	"ineed-insales/internal/doctor"
	"ineed-insales/internal/locale"
)

// doctorCommand looks for whatever may keep the connector from working, and says what to do
// about it. It fails if something is a problem.
func (p *program) doctorCommand() *cli.Command {
	return &cli.Command{Name: "doctor", Action: p.doctor, Flags: []cli.Flag{jsonFlag()},
		Usage: "look for what keeps the connector from working, and say what to do: settings, disk, clock, key," +
			" database, socket, backups, shops, chats and our own public URL",
		Description: "Works with and without a running connector, and says what it cannot know without one." +
			" Nothing is sent but a question for any page, without keys and data." +
			" Run it where the connector runs, as the same user."}
}

// doctor prints what was found.
func (p *program) doctor(ctx context.Context, cmd *cli.Command) error {
	if _, err := arguments(cmd); err != nil {
		return err
	}
	cfg, _, wrong := p.load(cmd)
	found := doctor.Machine(ctx, cfg, wrong)
	var server api.Examination
	if err := p.call(ctx, cmd, http.MethodPost, "/doctor", nil, &server); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		found = append(found, doctor.Away()...)
	} else {
		found = doctor.Running(found)
	}
	var list []api.Examined
	for _, f := range found {
		list = append(list, examined(f))
	}
	list = append(list, server.Items...)
	err := p.printExamined(cmd, list)
	for _, i := range list {
		if i.Result == string(reach.Problem) {
			return errors.Join(err, errors.New("something keeps the connector from working, see above"))
		}
	}
	return err
}

// examined puts a finding into words.
func examined(f reach.Finding) api.Examined {
	title, message := locale.Doctor(locale.English, f.Name, f.Reason, f.Args)
	return api.Examined{Name: f.Name, Args: f.Args, Result: string(f.Result), Reason: f.Reason, Title: title,
		Message: message}
}

// printExamined prints a line for each thing, and below it what to do.
func (p *program) printExamined(cmd *cli.Command, list []api.Examined) error {
	if cmd.Bool("json") {
		return p.printValue(api.Examination{Items: list})
	}
	w := p.table()
	for _, i := range list {
		fmt.Fprintf(w, "%s\t%s\n", locale.Text(locale.English, "doctor.result."+i.Result, nil), i.Title)
		if i.Message != "" {
			fmt.Fprintf(w, "\t  %s\n", i.Message)
		}
	}
	return w.Flush()
}
