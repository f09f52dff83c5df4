package cli

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/urfave/cli/v3"
)

// healthcheck asks the listen address of this configuration.
func (p *program) healthcheck(ctx context.Context, cmd *cli.Command) error {
	if _, err := arguments(cmd); err != nil {
		return err
	}
	cfg, _, err := p.load(cmd)
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(cfg.Addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return err
	}
	// An address of this machine is not reached by a proxy.
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return fmt.Errorf("not alive: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("not alive: status %d", resp.StatusCode)
	}
	fmt.Fprintln(p.Stdout, "alive")
	return nil
}

// version names the program, of what it was built, and with and for what.
func (p *program) version(_ context.Context, cmd *cli.Command) error {
	if _, err := arguments(cmd); err != nil {
		return err
	}
	if cmd.Bool("json") {
		return p.printValue(p.Build)
	}
	b := p.Build
	fmt.Fprintf(p.Stdout, "ineed-insales %s %s %s\n", b.Version, b.Go, b.Platform)
	if b.Revision != "" {
		changes := ""
		if b.Dirty {
			changes = ", with changes"
		}
		fmt.Fprintf(p.Stdout, "revision %s of %s%s\n", b.Revision, b.Date, changes)
	}
	_, err := fmt.Fprintf(p.Stdout, "tables of version %d\n", b.Schema)
	return err
}
