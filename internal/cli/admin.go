package cli

import (
	"cmp"
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
)

// adminCommand is about who may use the panel.
func (p *program) adminCommand() *cli.Command {
	return &cli.Command{
		Name: "admin", Usage: "who may use the panel",
		Action: needSubcommand,
		Commands: []*cli.Command{
			{Name: "reset-password", Action: p.adminReset, Flags: []cli.Flag{nameFlag(), jsonFlag()},
				Usage: "void an owner's or a person's password, end the sessions and print a link " +
					"that sets another one"},
			{Name: "reset-code", Action: p.adminResetCode, Flags: []cli.Flag{nameFlag()},
				Usage: "stop asking an owner or a person whose phone is lost for a code at sign-in; " +
					"the password stays"},
		},
	}
}

// nameFlag says which person is meant.
func nameFlag() cli.Flag {
	return &cli.StringFlag{Name: "name", Usage: "of the person, as on the page of people; without it the first owner"}
}

// adminReset voids a password and prints where another one is set.
func (p *program) adminReset(ctx context.Context, cmd *cli.Command) error {
	if _, err := arguments(cmd); err != nil {
		return err
	}
	if cmd.Bool("json") {
		return p.printPosted(ctx, cmd, "/admin/reset-password", api.Named{Name: cmd.String("name")})
	}
	var made api.SetupLink
	if err := p.post(ctx, cmd, "/admin/reset-password", api.Named{Name: cmd.String("name")}, &made); err != nil {
		return err
	}
	if made.URL == "" {
		fmt.Fprintln(p.Stdout, "Open this path at the connector's address within an hour and set a password:")
	} else {
		fmt.Fprintln(p.Stdout, "Open this link within an hour and set a password:")
	}
	fmt.Fprintln(p.Stdout, cmp.Or(made.URL, made.Path))
	return nil
}

// adminResetCode has a sign-in ask for no code any more.
func (p *program) adminResetCode(ctx context.Context, cmd *cli.Command) error {
	if _, err := arguments(cmd); err != nil {
		return err
	}
	if err := p.post(ctx, cmd, "/admin/reset-code", api.Named{Name: cmd.String("name")}, nil); err != nil {
		return err
	}
	fmt.Fprintln(p.Stdout, "Sign-in asks for the password only. A new code is set up in the panel.")
	return nil
}
