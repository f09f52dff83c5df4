package wire

import "errors"

// Settings say how the bodies of a company's chat are translated. Of what is given the
// whole program wins over the table of fields, and the table over the preset.
type Settings struct {
	Preset  string            // contract (also ""), learn, or one of [Presets]
	Fields  map[string]string // of an order, see [Fields]
	Receive string            // a whole program
	Report  string            // a program that tells the chat of statuses, instead of the preset's
}

// ErrNoProgram says that settings have no program: the contract is spoken, or what comes
// is only kept.
var ErrNoProgram = errors.New("no program")

// Program gives the program that the settings stand for. It fails with ErrNoProgram, or
// with a *FieldError: "preset", "receive", or the field of the table.
func (s Settings) Program() (string, error) {
	if s.Receive != "" {
		if _, err := compile(s.Receive, variables, nil); err != nil {
			return "", &FieldError{"receive", err}
		}
		return s.Receive, nil
	}
	preset, shipped := Preset(s.Preset)
	if !shipped && s.Preset != "" && s.Preset != presetContract && s.Preset != presetLearn {
		return "", &FieldError{"preset", &SyntaxError{Reason: "no preset of that name"}}
	}
	if len(s.Fields) == 0 {
		if !shipped {
			return "", ErrNoProgram
		}
		return preset, nil
	}
	if !shipped {
		return tableProgram(s.Fields, variables)
	}
	return over(preset, s.Fields)
}

// silent is the program of a chat that cannot be told of a status.
const silent = "empty"

// ReportProgram gives the program that tells the chat of statuses; false if it is told as
// the contract says. The chats of the shipped presets do not speak the contract: where a
// preset has no program for it, nothing is told.
func (s Settings) ReportProgram() (string, bool) {
	if s.Report != "" {
		return s.Report, true
	}
	if _, shipped := Preset(s.Preset); shipped {
		return silent, true
	}
	return "", false
}

// Silent reports whether the chat is told of no status, because nobody knows how.
func (s Settings) Silent() bool {
	program, own := s.ReportProgram()
	return own && program == silent
}

// CheckReport fails with a *SyntaxError if a text is no program that tells of statuses.
func CheckReport(program string) error {
	_, err := compile(program, reportVariables, nil)
	return err
}
