package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/config"
	"ineed-insales/internal/version"
)

// What support prints is meant to be sent to somebody who helps, and so holds no secret
// and nothing of a customer: settings with their secrets masked, files with their sizes,
// states, counts. It collects what it can get and goes on past what it cannot, because
// help is needed most when something does not answer.

// A diagnosis is what somebody who helps has to know.
type diagnosis struct {
	At        time.Time         `json:"at"`
	Build     version.Info      `json:"build"`
	Cores     int               `json:"cores"`
	User      int               `json:"user"` // that this process runs as, and its group
	Group     int               `json:"group"`
	Settings  []config.Setting  `json:"settings"`
	Folder    *diagnosedFile    `json:"folder"` // of the database; null = it is not there
	Files     []diagnosedFile   `json:"files"`  // of ours in the folder
	Ready     bool              `json:"ready"`
	Companies []diagnosedClient `json:"companies"`
	Metrics   []string          `json:"metrics"` // that are not 0, as they are exposed
	Missing   []missingPart     `json:"missing"` // what could not be got, and why
}

type diagnosedFile struct {
	Name  string    `json:"name"`
	Mode  string    `json:"mode"`
	Owner string    `json:"owner"`
	Bytes int64     `json:"bytes"`
	At    time.Time `json:"modified_at"`
}

// A diagnosedClient is one company: its settings, its catalog with the last runs, for what its
// orders wait, and what the last probe of its shop has found. What could not be got is null.
type diagnosedClient struct {
	ID          string         `json:"id"`
	Company     map[string]any `json:"company"`
	Catalog     map[string]any `json:"catalog"`
	Runs        map[string]any `json:"catalog_runs"`
	Attention   map[string]int `json:"attention"`      // orders that wait for a person by their problem
	More        bool           `json:"attention_more"` // there are older ones, which were not counted
	NeverProbed bool           `json:"never_probed"`
	Probe       *lastProbe     `json:"probe"`
}

// A lastProbe is a probe without what was sent and answered.
type lastProbe struct {
	BeganAt *time.Time   `json:"began_at"`
	Version string       `json:"version"`
	Write   bool         `json:"write"`
	State   string       `json:"state"`
	Left    int          `json:"left"` // things that it could not remove from the shop
	Items   []probedItem `json:"items"`
}

type probedItem struct {
	Name    string            `json:"name"`
	Verdict string            `json:"verdict"`
	Reason  string            `json:"reason,omitempty"`
	Args    map[string]string `json:"args,omitempty"`
	Source  string            `json:"source"`
	IfNot   string            `json:"if_not"`
}

// A missingPart is a part of a diagnosis that could not be got.
type missingPart struct {
	Part   string `json:"part"`
	Reason string `json:"reason"`
}

// supportCommand collects what somebody who helps has to know.
func (p *program) supportCommand() *cli.Command {
	return &cli.Command{
		Name: "support", Usage: "print what somebody who helps has to know, without secrets and customers' data",
		Flags: []cli.Flag{jsonFlag()}, Action: p.support,
	}
}

// support prints what it can get: where the server is down, that is what is to
// be seen.
func (p *program) support(ctx context.Context, cmd *cli.Command) error {
	if _, err := arguments(cmd); err != nil {
		return err
	}
	d, failed := p.diagnose(ctx, cmd)
	var err error
	if cmd.Bool("json") {
		err = p.printValue(d)
	} else {
		err = d.print(screen{p.Stdout})
	}
	return errors.Join(append(failed, err)...)
}

// Support writes what the command of that name prints, as the running server of cfg itself
// can tell it. What it cannot get it says in its place.
func Support(ctx context.Context, build version.Info, cfg config.Config, out io.Writer) error {
	p := &program{Config: Config{Build: build}, loaded: &cfg}
	d, _ := p.diagnose(ctx, nil)
	return d.print(screen{out})
}

// diagnose collects what it can get. What it could not is among what is missing.
func (p *program) diagnose(ctx context.Context, cmd *cli.Command) (d diagnosis, failed []error) {
	d = diagnosis{At: time.Now().UTC().Truncate(time.Second), Build: p.Build, Cores: runtime.NumCPU(),
		User: os.Getuid(), Group: os.Getgid(),
		Files: []diagnosedFile{}, Companies: []diagnosedClient{}, Metrics: []string{}, Missing: []missingPart{}}
	for _, part := range []struct {
		name string
		get  func(context.Context, *cli.Command, *diagnosis) error
	}{
		{partSettings, p.diagnoseSettings},
		{partFiles, p.diagnoseFiles},
		{partServer, p.diagnoseServer},
		{partCompanies, p.diagnoseCompanies},
		{partMetrics, p.diagnoseMetrics},
	} {
		if err := part.get(ctx, cmd, &d); err != nil {
			d.Missing = append(d.Missing, missingPart{part.name, err.Error()})
			failed = append(failed, errors.New(part.name+": not available"))
		}
	}
	return d, failed
}

// The parts of a diagnosis, as they are called.
const (
	partSettings  = "settings"
	partFiles     = "files beside the database"
	partServer    = "server"
	partCompanies = "companies"
	partMetrics   = "metrics that are not 0"
)

func (p *program) diagnoseSettings(_ context.Context, cmd *cli.Command, d *diagnosis) (err error) {
	_, d.Settings, err = p.load(cmd)
	return err
}

// diagnoseFiles lists what lies beside the database: that says most when the
// server does not start.
func (p *program) diagnoseFiles(_ context.Context, cmd *cli.Command, d *diagnosis) error {
	cfg, _, _ := p.load(cmd)
	dir := cfg.Folder()
	if fi, err := os.Stat(dir); err == nil {
		folder := fileOf(dir, fi)
		d.Folder = &folder
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		ours := strings.HasPrefix(e.Name(), filepath.Base(cfg.DB)) || e.Name() == filepath.Base(cfg.KeyPath()) ||
			e.Name() == filepath.Base(cfg.Socket)
		fi, err := e.Info()
		if !ours || err != nil { // somebody else's, or gone meanwhile
			continue
		}
		d.Files = append(d.Files, fileOf(e.Name(), fi))
	}
	return nil
}

func fileOf(name string, fi fs.FileInfo) diagnosedFile {
	return diagnosedFile{Name: name, Mode: fi.Mode().String(), Owner: config.Owner(fi), Bytes: fi.Size(),
		At: fi.ModTime().UTC().Truncate(time.Second)}
}

// diagnoseServer asks the server whether it is ready.
func (p *program) diagnoseServer(ctx context.Context, cmd *cli.Command, d *diagnosis) error {
	_, err := p.server(cmd).Text(ctx, "/readyz")
	d.Ready = err == nil
	return err
}

func (p *program) diagnoseCompanies(ctx context.Context, cmd *cli.Command, d *diagnosis) error {
	var list api.Page[api.Company]
	if err := p.get(ctx, cmd, "/companies", &list); err != nil {
		return err
	}
	for _, c := range list.Items {
		client := diagnosedClient{ID: c.ID, Attention: map[string]int{}}
		err := p.diagnoseCompany(ctx, cmd, &client)
		d.Companies = append(d.Companies, client)
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *program) diagnoseCompany(ctx context.Context, cmd *cli.Command, c *diagnosedClient) error {
	path := companyPath(c.ID)
	for _, part := range []struct {
		path   string
		answer *map[string]any
	}{{"", &c.Company}, {"/catalog", &c.Catalog}, {"/catalog/runs?limit=3", &c.Runs}} {
		if err := p.get(ctx, cmd, path+part.path, part.answer); err != nil {
			return err
		}
		if shop, ok := (*part.answer)["shop"].(map[string]any); ok {
			shop["key_id"] = "•••" // half of the access key
		}
		if catalog, ok := (*part.answer)["catalog"].(map[string]any); ok && catalog["feed_url"] != nil {
			catalog["feed_url"] = "•••" // with a token in it
		}
	}
	var orders api.Page[api.Order]
	if err := p.get(ctx, cmd, path+"/orders?state=attention&limit=200", &orders); err != nil {
		return err
	}
	c.More = orders.Next != ""
	for _, o := range orders.Items {
		if o.Problem != nil {
			c.Attention[o.Problem.Code]++
		}
	}
	return p.diagnoseProbe(ctx, cmd, path, c)
}

// diagnoseProbe gets what the last probe of a company's shop has found: of each
// assumption what it rests on, the verdict, and what the connector does if it is
// otherwise.
func (p *program) diagnoseProbe(ctx context.Context, cmd *cli.Command, path string, c *diagnosedClient) error {
	var last api.Probe
	err := p.get(ctx, cmd, path+"/probe", &last)
	if f, is := errors.AsType[*api.Failure](err); is && f.Code == problem.NoticeNotProbed {
		c.NeverProbed = true
		return nil
	}
	if err != nil {
		return err
	}
	c.Probe = &lastProbe{BeganAt: last.BeganAt, Version: last.Version, Write: last.Write, State: last.State,
		Left: len(last.Left), Items: []probedItem{}}
	for _, i := range last.Items {
		c.Probe.Items = append(c.Probe.Items, probedItem{Name: i.Name, Verdict: i.Verdict, Reason: i.Reason,
			Args: i.Args, Source: i.Source, IfNot: i.IfNot})
	}
	return nil
}

// diagnoseMetrics gets the metrics that say something: none that is 0, no parts of
// histograms and none of Go's own.
func (p *program) diagnoseMetrics(ctx context.Context, cmd *cli.Command, d *diagnosis) error {
	text, err := p.server(cmd).Text(ctx, "/metrics")
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(strings.NewReader(string(text)))
	for lines.Scan() {
		line := lines.Text()
		name, _, _ := strings.Cut(line, "{")
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "go_") ||
			strings.HasPrefix(line, "process_virtual") ||
			strings.HasSuffix(name, "_bucket") || strings.HasSuffix(line, " 0") {
			continue
		}
		d.Metrics = append(d.Metrics, line)
	}
	return lines.Err()
}
