// Package ymltest reads YML documents as somebody else's program would, and holds them
// against the published rules. Nothing of it is shared with package yml: what that writes
// wrong would be read wrong otherwise.
package ymltest

import (
	"encoding/xml"
	"errors"
	"io"
)

// A Catalog is a document as an importer has it.
type Catalog struct {
	Date       string
	Name       string
	Company    string
	URL        string
	Currencies []string
	Categories []Category
	Offers     []Offer
}

// A Category is one of the tree; a root has no Parent.
type Category struct{ ID, Parent, Title string }

// An Offer is what can be bought.
type Offer struct {
	ID, GroupID          string
	Available            string // true, false
	URL                  string
	Price, OldPrice      string
	Currency, CategoryID string
	Pictures             []string
	Name                 string
	Vendor, VendorCode   string
	Description          string
	Barcode              string
	Count, Weight        string
	Params               []Param
}

// A Param is a named value.
type Param struct{ Name, Value string }

// A node is an element with what stands in it.
type node struct {
	name     string
	attrs    map[string]string
	text     string
	children []*node
}

// Read reads a whole document. Nothing may be missing at its end, and nothing may follow.
func Read(r io.Reader) (*Catalog, error) {
	root, err := parse(r)
	if err != nil {
		return nil, err
	}
	return catalogOf(root), nil
}

// parse reads the elements of a document.
func parse(r io.Reader) (*node, error) {
	d := xml.NewDecoder(r)
	d.Entity = map[string]string{} // none but XML's own
	top := &node{}
	path := []*node{top}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		at := path[len(path)-1]
		switch t := token.(type) {
		case xml.StartElement:
			n := &node{name: t.Name.Local, attrs: map[string]string{}}
			for _, a := range t.Attr {
				n.attrs[a.Name.Local] = a.Value
			}
			at.children, path = append(at.children, n), append(path, n)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			at.text += string(t)
		case xml.Directive:
			return nil, errors.New("there is a <!…>, which careful importers refuse")
		}
	}
	if len(path) != 1 || len(top.children) != 1 {
		return nil, errors.New("it is not one whole element")
	}
	return top.children[0], nil
}

// all gives the children of a name, one the first of them, or an empty one.
func (n *node) all(name string) (list []*node) {
	for _, c := range n.children {
		if c.name == name {
			list = append(list, c)
		}
	}
	return list
}

func (n *node) one(name string) *node {
	if list := n.all(name); len(list) > 0 {
		return list[0]
	}
	return &node{}
}

func catalogOf(root *node) *Catalog {
	shop := root.one("shop")
	c := &Catalog{Date: root.attrs["date"], Name: shop.one("name").text, Company: shop.one("company").text,
		URL: shop.one("url").text}
	for _, n := range shop.one("currencies").all("currency") {
		c.Currencies = append(c.Currencies, n.attrs["id"])
	}
	for _, n := range shop.one("categories").all("category") {
		c.Categories = append(c.Categories, Category{n.attrs["id"], n.attrs["parentId"], n.text})
	}
	for _, n := range shop.one("offers").all("offer") {
		o := Offer{ID: n.attrs["id"], GroupID: n.attrs["group_id"], Available: n.attrs["available"],
			URL: n.one("url").text, Price: n.one("price").text, OldPrice: n.one("oldprice").text,
			Currency: n.one("currencyId").text, CategoryID: n.one("categoryId").text, Name: n.one("name").text,
			Vendor: n.one("vendor").text, VendorCode: n.one("vendorCode").text,
			Description: n.one("description").text, Barcode: n.one("barcode").text,
			Count: n.one("count").text, Weight: n.one("weight").text}
		for _, p := range n.all("picture") {
			o.Pictures = append(o.Pictures, p.text)
		}
		for _, p := range n.all("param") {
			o.Params = append(o.Params, Param{p.attrs["name"], p.text})
		}
		c.Offers = append(c.Offers, o)
	}
	return c
}
