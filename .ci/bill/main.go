// Command bill says of what the program is made: which modules are linked into it, for any
// of the systems that it is released for, and under which licences.
//
//	go -C .ci run ./bill notice            the text of NOTICE
//	go -C .ci run ./bill sbom VERSION      the bill of materials, CycloneDX in JSON
//	go -C .ci run ./bill table             the direct requirements: module, version, date, licence
//
// The same source gives the same bytes: nothing in it is random or of today.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// program is the module that is released, above this one; tools is this one.
const (
	program = ".."
	tools   = "."
)

// systems are those that the program is released for.
var systems = []string{"linux/amd64", "linux/arm64", "darwin/arm64", "darwin/amd64", "windows/amd64"}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bill:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	switch {
	case len(args) == 1 && args[0] == "notice":
		return notice(out)
	case len(args) == 2 && args[0] == "sbom":
		return sbom(out, args[1])
	case len(args) == 1 && args[0] == "table":
		return table(out)
	}
	return errors.New("say notice, sbom VERSION or table")
}

// A module is one that the program needs.
type module struct {
	Path, Version, Dir string
	Main               bool
	Indirect           bool
	Time               *time.Time
}

// linked gives the modules whose packages are linked into the program on any system.
func linked() ([]module, error) {
	found := map[string]module{}
	for _, system := range systems {
		goos, arch, _ := strings.Cut(system, "/")
		text, err := goCommand(program, []string{"GOOS=" + goos, "GOARCH=" + arch, "CGO_ENABLED=0"},
			"list", "-deps", "-json=Module", ".")
		if err != nil {
			return nil, err
		}
		for decoder := json.NewDecoder(bytes.NewReader(text)); ; {
			var p struct{ Module *module } // none for the standard library
			if err := decoder.Decode(&p); err == io.EOF {
				break
			} else if err != nil {
				return nil, err
			}
			if p.Module != nil && !p.Module.Main {
				found[p.Module.Path] = *p.Module
			}
		}
	}
	var list []module
	for _, m := range found {
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b module) int { return strings.Compare(a.Path, b.Path) })
	return list, nil
}

// goCommand runs the go command in a folder.
func goCommand(dir string, env []string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var wrong bytes.Buffer
	cmd.Stderr = &wrong
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, wrong.String())
	}
	return text, nil
}

// licenceFile is what files with a licence are called, and what must be handed on with it.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([-.].*)?$`)

// licences gives the texts that have to be handed on with a module. A module whose files are
// in a folder of a repository may have its licence in the folder above.
func licences(m module) (texts []string, err error) {
	entries, err := os.ReadDir(m.Dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.IsDir() || !licenceFile.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.Dir, e.Name()))
		if err != nil {
			return nil, err
		}
		texts = append(texts, strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")))
	}
	if len(texts) == 0 {
		return nil, fmt.Errorf("%s has no licence", m.Path)
	}
	return texts, nil
}

// kinds are the licences that the program may be linked with, by words that no other has.
var kinds = []struct{ id, words string }{
	{"Apache-2.0", "Apache License Version 2.0"},
	{"MPL-2.0", "Mozilla Public License Version 2.0"},
	{"BSD-3-Clause", "Neither the name of"},
	{"BSD-3-Clause", "names of its contributors may be used to endorse"},
	{"BSD-2-Clause", "Redistributions in binary form must reproduce"},
	{"ISC", "Permission to use, copy, modify, and/or distribute"},
	{"ISC", "Permission to use, copy, modify, and distribute this software for any purpose"},
	{"MIT", "Permission is hereby granted, free of charge"},
	{"Unlicense", "This is free and unencumbered software"},
}

// kind names the licence of a module.
func kind(m module) (string, error) {
	texts, err := licences(m)
	if err != nil {
		return "", err
	}
	var found []string
	for _, text := range texts {
		text = strings.Join(strings.Fields(strings.ReplaceAll(text, ",", "")), " ")
		for _, k := range kinds {
			if strings.Contains(text, strings.ReplaceAll(k.words, ",", "")) {
				if !slices.Contains(found, k.id) {
					found = append(found, k.id)
				}
				break
			}
		}
	}
	if len(found) == 0 {
		return "", fmt.Errorf("%s has a licence that is not known here: look whether it may be used", m.Path)
	}
	slices.Sort(found)
	return strings.Join(found, " AND "), nil
}

// registryLink is a link of Markdown to a page of Go's registry. Its text says what it leads
// to; addresses of registries stand nowhere here.
var registryLink = regexp.MustCompile(`\[([^\]]+)\]\(https://pkg\.go\.dev/[^)]*\)`)

// notice writes all licences, one after the other.
func notice(out io.Writer) error {
	list, err := linked()
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "ineed-insales contains these modules of others, each under its own licence.")
	fmt.Fprintln(out, "Made by `go -C .ci run ./bill notice`; a test compares it with what is linked.")
	root, err := goCommand(program, nil, "env", "GOROOT")
	if err != nil {
		return err
	}
	list = slices.Insert(list, 0, module{Path: "std", Version: "of Go", Dir: strings.TrimSpace(string(root))})
	for _, m := range list {
		texts, err := licences(m)
		if err != nil {
			return err
		}
		id, err := kind(m)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\n%s\n%s %s (%s)\n\n", strings.Repeat("=", 80), m.Path, m.Version, id)
		for i, text := range texts {
			if i > 0 {
				fmt.Fprintf(out, "\n%s\n\n", strings.Repeat("-", 80))
			}
			fmt.Fprintln(out, registryLink.ReplaceAllString(text, "$1"))
		}
	}
	return nil
}

// table writes a line for each direct requirement of the program and of its tools.
func table(out io.Writer) error {
	for _, dir := range []string{program, tools} {
		direct, err := requirements(dir)
		if err != nil {
			return err
		}
		// What no command has needed yet is not on a fresh machine, and its licence is not, either.
		if _, err := goCommand(dir, nil, append([]string{"mod", "download"}, direct...)...); err != nil {
			return err
		}
		text, err := goCommand(dir, nil, append([]string{"list", "-m", "-json"}, direct...)...)
		if err != nil {
			return err
		}
		for decoder := json.NewDecoder(bytes.NewReader(text)); ; {
			var m module
			if err := decoder.Decode(&m); err == io.EOF {
				break
			} else if err != nil {
				return err
			}
			id, err := kind(m)
			if err != nil {
				return err
			}
			date := ""
			if m.Time != nil {
				date = m.Time.UTC().Format(time.DateOnly)
			}
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", m.Path, m.Version, date, id)
		}
	}
	return nil
}

// requirements are the modules that a go.mod names because somebody here wants them: those
// that are no means of others, and those of tools.
func requirements(dir string) ([]string, error) {
	text, err := goCommand(dir, nil, "mod", "edit", "-json")
	if err != nil {
		return nil, err
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
		Tool []struct{ Path string }
	}
	if err := json.Unmarshal(text, &mod); err != nil {
		return nil, err
	}
	var list []string
	for _, r := range mod.Require {
		tool := slices.ContainsFunc(mod.Tool, func(t struct{ Path string }) bool {
			return strings.HasPrefix(t.Path, r.Path+"/")
		})
		if !r.Indirect || tool {
			list = append(list, r.Path)
		}
	}
	return list, nil
}
