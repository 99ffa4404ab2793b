package db

import "github.com/onlinemart/mart/events"

// Answers is every question db answers: one line per query.
func (s *Store) Answers() events.Answers {
	return events.Answers{
		events.AwaitOperation.Answer(s.awaitOperation),
		events.GetBrand.Answer(s.getBrand),
		events.ListBrands.Answer(s.listBrands),
		events.GetCategory.Answer(s.getCategory),
		events.ListCategories.Answer(s.listCategories),
		events.GetProduct.Answer(s.getProduct),
		events.ListProducts.Answer(s.listProducts),
	}
}
