package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
)

// tokenCommand is about the tokens by which programs use the API.
func (p *program) tokenCommand() *cli.Command {
	return &cli.Command{
		Name: "token", Usage: "tokens by which programs use the API over the network",
		Action: needSubcommand,
		Commands: []*cli.Command{
			{Name: "list", Usage: "list the tokens, with their rights and when each was used last",
				Flags: []cli.Flag{jsonFlag()}, Action: p.tokenList},
			{Name: "create", ArgsUsage: "NAME", Action: p.tokenCreate,
				Usage: "make a token and print it, this once",
				Flags: []cli.Flag{&cli.StringFlag{Name: "right", Value: "read", Usage: "read or all"}, jsonFlag()}},
			{Name: "revoke", ArgsUsage: "NAME", Action: p.tokenRevoke, Usage: "void a token at once"},
		},
	}
}

// tokensPath is the API's path of all tokens.
const tokensPath = "/tokens"

// tokenList prints a line for each token.
func (p *program) tokenList(ctx context.Context, cmd *cli.Command) error {
	if _, err := arguments(cmd); err != nil {
		return err
	}
	return printTable(ctx, p, cmd, tokensPath, func(w io.Writer, list api.Page[api.Token]) {
		fmt.Fprintln(w, "NAME\tRIGHT\tMADE BY\tMADE\tLAST USED")
		for _, t := range list.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", t.Name, t.Right, dash(t.MadeBy), when(t.MadeAt), when(t.UsedAt))
		}
	})
}

// tokenCreate makes a token. The token alone goes to the output, so that a script can keep it.
func (p *program) tokenCreate(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	in := api.NewToken{Name: args[0], Right: cmd.String("right")}
	if cmd.Bool("json") {
		return p.printPosted(ctx, cmd, tokensPath, in)
	}
	var made api.MadeToken
	if err := p.post(ctx, cmd, tokensPath, in, &made); err != nil {
		return err
	}
	fmt.Fprintln(screen{p.Stderr}, "This is the token, which is never shown again:")
	fmt.Fprintln(p.Stdout, made.Secret)
	return nil
}

// tokenRevoke voids the token of a name.
func (p *program) tokenRevoke(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	var list api.Page[api.Token]
	if err := p.get(ctx, cmd, tokensPath, &list); err != nil {
		return err
	}
	for _, t := range list.Items {
		switch {
		case t.Name != args[0]:
		case t.ID == 0:
			return fmt.Errorf("%s is set by the operator: change the variable and restart the connector", t.Name)
		default:
			return p.call(ctx, cmd, http.MethodDelete, tokensPath+"/"+strconv.FormatInt(t.ID, 10), nil, nil)
		}
	}
	return fmt.Errorf("there is no token %q", args[0])
}
