package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A server is one of those that take the same orders.
type server struct {
	name  string
	path  func(company string) string // where an order is posted
	ready string                      // what answers 200 when it can take orders

	// install makes what it needs and gives how it is started: the environment, the program
	// and its arguments, for a folder of its own and an address.
	install func(ctx context.Context, b *bench) (launch, error)
	prepare func(ctx context.Context, dir string, companies int) error // once it is ready; nil = nothing
	lacks   string                                                     // what it does not do that ours does
}

// A launch says how a server is started.
type launch func(dir, addr string) (env []string, command []string)

func fixed(path string) func(string) string { return func(string) string { return path } }

// peers are what people would use instead.
func peers() []server {
	return []server{
		{
			name: "Fastify + better-sqlite3", path: fixed("/orders"), ready: "/ready",
			install: func(ctx context.Context, b *bench) (launch, error) {
				modules, err := b.nodeModules(ctx)
				script := filepath.Join(b.peers, "fastify.js")
				return func(dir, addr string) (env, command []string) {
					_, port, _ := net.SplitHostPort(addr)
					database := filepath.Join(dir, "orders.db")
					return []string{"NODE_PATH=" + modules, "NODE_ENV=production"},
						[]string{"node", script, port, database, secret}
				}, err
			},
			lacks: "checks the signature and four fields, is durable before it answers, and takes an id once; but no " +
				"strict decoding, no rules for the other fields, another body under a known id is dropped, no limit " +
				"for a sender, no history, metrics or panel, and nothing goes on to a shop.",
		},
		{
			name: "Node-RED + node-red-node-sqlite", path: fixed("/orders"), ready: "/ready",
			install: func(ctx context.Context, b *bench) (launch, error) {
				modules, err := b.nodeModules(ctx)
				folder := filepath.Join(b.peers, "node-red")
				return func(dir, addr string) (env, command []string) {
					_, port, _ := net.SplitHostPort(addr)
					database := filepath.Join(dir, "orders.db")
					return []string{"NODE_ENV=production", "DATABASE=" + database, "SECRET=" + secret},
						[]string{"node", filepath.Join(modules, "node-red", "red.js"), "--port", port,
							"--userDir", filepath.Join(dir, "user"),
							"--settings", filepath.Join(folder, "settings.js"), filepath.Join(folder, "flows.json")}
				}, err
			},
			lacks: "as Fastify; the signature is checked in a function node.",
		},
		{
			name: "PocketBase", path: fixed("/api/collections/orders/records"), ready: "/api/health",
			install: func(ctx context.Context, b *bench) (launch, error) {
				program := filepath.Join(b.work, "pocketbase")
				_, err := run(ctx, filepath.Join(b.peers, "pocketbase"), []string{"CGO_ENABLED=0"},
					"go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, ".")
				return func(dir, addr string) (env, command []string) {
					data := filepath.Join(dir, "data")
					return nil, []string{program, "serve", "--dev=false", "--http", addr, "--dir", data}
				}, err
			},
			lacks: "checks no signature, as its rules are open; as it comes, it answers before the disk has the " +
				"order (synchronous=NORMAL), and a known id is an error to its sender; of an order it checks the " +
				"outermost members only; no history or metrics of orders, and nothing goes on to a shop.",
		},
	}
}

// connector is a build of ours; one from this checkout if no program is named.
func connector(name, program string) server {
	return server{
		name:  name,
		path:  func(company string) string { return "/webhooks/ineedchat/" + company },
		ready: "/readyz",
		install: func(ctx context.Context, b *bench) (launch, error) {
			built := program
			if built == "" {
				built = filepath.Join(b.work, "ineed-insales")
				_, err := run(ctx, b.root, []string{"CGO_ENABLED=0"},
					"go", "build", "-trimpath", "-ldflags=-s -w", "-o", built, ".")
				if err != nil {
					return nil, err
				}
			}
			return func(dir, addr string) (env, command []string) {
				return []string{"CONNECTOR_ADDR=" + addr, "CONNECTOR_DB=" + filepath.Join(dir, "connector.db"),
						"CONNECTOR_SOCKET=" + filepath.Join(dir, "s"),
						"CONNECTOR_CHAT_URL=https://bench.ineed.chat", "CONNECTOR_LOG_FORMAT=json"},
					[]string{built, "serve"}
			}, nil
		},
		prepare: connect,
	}
}

// connect makes the companies over the socket of the command line. Their shops are not
// asked for anything: taking orders is what is measured.
func connect(ctx context.Context, dir string, of int) error {
	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", filepath.Join(dir, "s"))
		},
	}}
	defer client.CloseIdleConnections()
	for n := range of {
		settings := fmt.Sprintf(`{"name": "Bench", "shop": {"url": "https://shop-%d.myinsales.ru", "key_id": %q,
			"password": %q}, "chat": {"auth": "signature", "secrets": [%q], "token": %q}}`,
			n+1, strings.Repeat("a", 32), strings.Repeat("b", 32), secret, strings.Repeat("c", 32))
		r, err := http.NewRequestWithContext(ctx, http.MethodPut,
			"http://connector/api/v1/companies/"+strconv.Itoa(n+1), bytes.NewReader([]byte(settings)))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/json")
		res, err := client.Do(r)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusCreated {
			return fmt.Errorf("a company could not be made: %s %s %w", res.Status, text, err)
		}
	}
	return nil
}

// nodeModules installs what the peers of Node.js need, once for all runs: two of them
// build SQLite from its source, which takes minutes. It gives the folder.
func (b *bench) nodeModules(ctx context.Context) (string, error) {
	b.npm.Do(func() { b.modules, b.npmErr = b.installModules(ctx) })
	return b.modules, b.npmErr
}

func (b *bench) installModules(ctx context.Context) (string, error) {
	node, err := run(ctx, b.peers, nil, "node", "--version")
	if err != nil {
		return "", err
	}
	lock, err := os.ReadFile(filepath.Join(b.peers, "package-lock.json"))
	if err != nil {
		return "", err
	}
	folder := filepath.Join(b.cache, "node-"+digest(node, lock))
	modules := filepath.Join(folder, "node_modules")
	if _, err := os.Stat(modules); err == nil {
		return modules, nil
	}
	b.say("installing the peers of Node.js into %s, once; they build SQLite, which takes minutes", folder)
	ctx, stop := context.WithTimeout(ctx, b.installing)
	defer stop()
	if err := os.MkdirAll(b.cache, 0o755); err != nil {
		return "", err
	}
	unfinished, err := os.MkdirTemp(b.cache, "unfinished-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(unfinished)
	for _, name := range []string{"package.json", "package-lock.json", ".npmrc"} {
		text, err := os.ReadFile(filepath.Join(b.peers, name))
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(unfinished, name), text, 0o644); err != nil {
			return "", err
		}
	}
	_, err = run(ctx, unfinished, []string{"JOBS=max"}, "npm", "ci", "--no-progress", "--loglevel=error")
	if err != nil {
		return "", err
	}
	return modules, os.Rename(unfinished, folder)
}
