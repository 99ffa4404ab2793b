package bench

import (
	"fmt"
	"math/rand/v2"
)

// visit is what one customer does in the shop, and what the staff does about it: all of it is known before anything is sent.
type visit struct {
	pages  []string  // what is looked at before, as paths; %s is a product's id
	goods  []wanted  // each product once
	quoted bool      // it is asked before what they cost, and ordered at that
	place  place     // how it is ordered
	cards  []string  // tried one after another; none: the customer thinks better of it
	course int       // in courses: what becomes of what was paid for
	looks  int       // how often the customer looks at the order afterwards
	chore  choreKind // what else the staff does meanwhile
}

// wanted is so many pieces of a product, which is named by its place on the shelf.
type wanted struct {
	product int
	pieces  int64
}

type choreKind string

// What staff does that is about no single purchase.
const (
	noChore  choreKind = ""
	receives choreKind = "goods in"
	reprices choreKind = "new price"
	searches choreKind = "search"
	notes    choreKind = "note"
)

// share is one of several things and how often it happens, of the sum of all shares.
type share[T any] struct {
	of   int
	what T
}

func choose[T any](random *rand.Rand, shares []share[T]) T {
	sum := 0
	for _, s := range shares {
		sum += s.of
	}
	n := random.IntN(sum)
	for _, s := range shares {
		if n -= s.of; n < 0 {
			return s.what
		}
	}
	panic("unreachable: n is less than the sum")
}

// How a day is mixed. No shop's figures: such as make every path of an order happen often enough to be measured.
var (
	pageShares = []share[string]{
		{60, "/products/%s"}, {15, "/products?limit=20"}, {10, "/products?limit=20&sort=price"}, {10, "/products?q=%s"}, {5, "/shipping-methods"},
	}
	cardShares = []share[[]string]{
		{85, []string{"pm_card_visa"}}, {5, []string{"pm_card_mastercard"}}, {5, []string{"pm_card_chargeDeclined", "pm_card_visa"}}, {5, nil},
	}
	choreShares = []share[choreKind]{{80, noChore}, {5, receives}, {5, reprices}, {5, searches}, {5, notes}}
	pieceShares = []share[int64]{{75, 1}, {20, 2}, {5, 3}}
	goodsShares = []share[int]{{60, 1}, {25, 2}, {10, 3}, {5, 5}}
)

// words are what products are named after, and what is searched for.
var (
	colours = []string{"Amber", "Blue", "Coral", "Green", "Indigo", "Olive", "Red", "White"}
	things  = []string{"basket", "blanket", "bowl", "cup", "lamp", "mug", "plate", "vase"}
)

func productName(i int) string {
	return fmt.Sprintf("%s %s %d", colours[i%len(colours)], things[i/len(colours)%len(things)], i)
}

// plan is the nth visit of the day of a seed, in a shop with so many products, few of which are wanted most: always the same one.
func plan(seed uint64, n, products int) visit {
	random := rand.New(rand.NewPCG(seed, uint64(n)))
	popular := rand.NewZipf(random, 1.2, 8, uint64(products-1))
	v := visit{
		quoted: random.IntN(3) == 0, cards: choose(random, cardShares), course: choose(random, courseShares()),
		looks: 1 + random.IntN(3), chore: choose(random, choreShares),
	}
	for range 2 + random.IntN(6) {
		v.pages = append(v.pages, choose(random, pageShares))
	}
	has := map[int]bool{}
	for range choose(random, goodsShares) {
		if p := int(popular.Uint64()); !has[p] {
			has[p] = true
			v.goods = append(v.goods, wanted{p, choose(random, pieceShares)})
		}
	}
	v.place = choose(random, placeShares)
	if v.cards == nil { // an address that nobody has confirmed may leave a few orders an hour unpaid, and no customer's of the day is
		v.place.guest = true
	}
	return v
}
