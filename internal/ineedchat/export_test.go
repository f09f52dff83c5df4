package ineedchat

// Read reads well-formed text into a struct.
func Read(text []byte, v any) error {
	_, err := read(text, v, "", maxItems)
	return err
}
