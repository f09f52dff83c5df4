package insalestest

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"time"
)

var imageShape = leaves("src", "attachment", "filename", "title", "position", "external_id")

// busy reports whether an image is still worked on.
func (i *Image) busy(now time.Time) bool { return i.Processing || now.Before(i.readyAt) }

// createImage serves POST /admin/products/{id}/images.json. The picture is
// worked on for imageDelay; that updated_at moves when it is done is not
// known, and it does not here.
func (s *Shop) createImage(c *call, p *product) answer {
	a, refused := s.attrs(c, "image", imageShape)
	if a == nil {
		return refused
	}
	name := a.plain("filename")
	if src, err := url.Parse(a.plain("src")); err == nil && src.Host != "" &&
		(src.Scheme == "http" || src.Scheme == "https") {
		name = path.Base(src.Path)
	} else if a.plain("attachment") == "" || name == "" {
		return invalid{"image": {"Не заполнены обязательные поля"}, "src": {"Недопустимый URL"}}.answer() // documented
	}
	d, id := s.draft(p), s.nextID()
	d.v.Images = append(d.v.Images, Image{
		ID: id, Title: a.plain("title"), readyAt: s.now().Add(imageDelay),
		URL: "https://static.insales-cdn.com/images/products/1/" + strconv.FormatInt(id%8192, 10) +
			"/" + strconv.FormatInt(id, 10) + "/" + url.PathEscape(name),
	})
	i := d.moveImage(len(d.v.Images)-1, a)
	d.commit(topicProductUpdate)
	return s.imageAnswer(http.StatusCreated, d.product, i)
}

// moveImage gives an image the place that is asked for, and tells it.
func (d *draft) moveImage(i int, a attrs) int {
	if !a.given("position") {
		return i
	}
	to := min(max(int(a.id("position"))-1, 0), len(d.v.Images)-1)
	image := d.v.Images[i]
	d.v.Images = slices.Insert(slices.Delete(d.v.Images, i, i+1), to, image)
	return to
}

func (s *Shop) imageAnswer(status int, p *product, i int) answer {
	r := s.render()
	r.image(p, i)
	return answer{status: status, body: r.b}
}

// imageOf finds an image of a product.
func (s *Shop) imageOf(c *call) (*product, int) {
	p, id := s.product(c.id), parseID(c.inner)
	if p == nil {
		return nil, -1
	}
	return p, slices.IndexFunc(p.v.Images, func(i Image) bool { return i.ID == id })
}

// showImage serves GET /admin/products/{id}/images/{id}.json.
func (s *Shop) showImage(c *call) answer {
	p, i := s.imageOf(c)
	if i < 0 {
		return noPage()
	}
	return s.imageAnswer(http.StatusOK, p, i)
}

// updateImage serves PUT: its place and its title.
func (s *Shop) updateImage(c *call) answer {
	p, i := s.imageOf(c)
	if i < 0 {
		return noPage()
	}
	a, refused := s.attrs(c, "image", imageShape)
	if a == nil {
		return refused
	}
	d := s.draft(p)
	a.set("title", &d.v.Images[i].Title)
	i = d.moveImage(i, a)
	d.commit(topicProductUpdate)
	return s.imageAnswer(http.StatusOK, d.product, i)
}

// deleteImage serves DELETE. Variants lose it too.
func (s *Shop) deleteImage(c *call) answer {
	p, i := s.imageOf(c)
	if i < 0 {
		return noPage()
	}
	d := s.draft(p)
	id := d.v.Images[i].ID
	d.v.Images = slices.Delete(d.v.Images, i, i+1)
	for k := range d.variants {
		v := &d.variants[k].v
		v.ImageIDs = slices.DeleteFunc(slices.Clone(v.ImageIDs), func(other int64) bool { return other == id })
	}
	d.commit(topicProductUpdate)
	return done()
}

// imageDelay is how long a picture is worked on.
const imageDelay = 30 * time.Second
