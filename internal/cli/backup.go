package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
	"ineed-insales/internal/atomicfile"
	"ineed-insales/internal/config"
)

// backupCommand copies the database of the running connector.
func (p *program) backupCommand() *cli.Command {
	return &cli.Command{
		Name: "backup", Usage: "copy the database of the running connector into a file, or to standard output (-)",
		ArgsUsage: "FILE",
		Description: "The copy is whole and of one moment." +
			" It does not have the secret key: keep connector.key in another place.",
		Action: p.backup,
	}
}

// backup asks the running server for a copy. The copy's length is announced, so that
// reading one that is not whole ends with an error.
func (p *program) backup(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	name := args[0]
	if name == "-" && p.Terminal {
		return usagef("a backup is no text: give a file, or send it on with >")
	}
	if _, err := os.Lstat(name); name != "-" && err == nil {
		return fmt.Errorf("%s is there already: give another name", name)
	}
	resp, err := p.server(cmd).Send(ctx, api.LongestBackup, http.MethodPost, "/api/v1/backup", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if name == "-" {
		_, err := io.Copy(p.Stdout, resp.Body) // fails if it is not whole
		return err
	}
	config.TidyBackups(filepath.Dir(name), time.Now())
	n, err := atomicfile.Create(name, ".backup-*", resp.Body)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "%s: %d bytes. The secret key (connector.key) is not in it: keep that in another place.\n",
		name, n)
	return nil
}
