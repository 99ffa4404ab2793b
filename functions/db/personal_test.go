package db

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
)

// holdsPersonal tells whether something of this type has a personal value in it.
func holdsPersonal(of reflect.Type) bool {
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return holdsPersonal(of.Elem())
	case reflect.Struct:
		for i := range of.NumField() {
			if holdsPersonal(of.Field(i).Type) {
				return true
			}
		}
		return of == reflect.TypeFor[events.Personal]()
	default:
		return false
	}
}

// sample is the number-th of a noun, its personal values encrypted.
func (b *bench) sample(noun string, number int) string {
	return b.encrypted(lifeOf(noun)("", number)[0].Payload())
}

// encrypted is a payload (a pointer) as it travels.
func (b *bench) encrypted(payload any) string {
	b.t.Helper()
	raw, err := b.keys.Encode(payload)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(raw)
}

// ciphertext is a personal value as it is stored.
func (b *bench) ciphertext(clear string) string {
	b.t.Helper()
	value := events.NewPersonal(clear)
	if err := b.keys.Encrypt(&value); err != nil {
		b.t.Fatal(err)
	}
	return value.Ciphertext()
}

// personalPlaces is where the tables hold personal values. What was said of them does for a while, until it is forgotten.
func (b *bench) personalPlaces() (holding []string) {
	b.t.Helper()
	err := pgx.BeginFunc(b.t.Context(), b.asOwner(), func(tx pgx.Tx) error {
		columns, err := textColumns(b.t.Context(), tx)
		if err != nil {
			return err
		}
		for _, c := range columns {
			var used bool
			if err := tx.QueryRow(b.t.Context(), c.uses(), ciphertextOf("p1")).Scan(&used); err != nil {
				return err
			}
			if used && c.Table != "journal_personal" {
				holding = append(holding, c.String())
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return holding
}

// What is looked for after the life of an entity is found where a table goes on holding it.
func TestPersonalPlaces(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := events.NewID()
	b.carry("brand", "create", id, b.encrypted(&events.BrandFields{Name: "Ada", Slug: "ada", Description: b.ciphertext("Ada")})) // which is not erased
	b.carry("brand", "delete", id, `{"expectedVersion": 1}`)
	if diff := cmp.Diff([]string{"brand.description"}, b.personalPlaces()); diff != "" {
		t.Error(diff)
	}
}

func TestHoldsPersonal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of   reflect.Type
		want bool
	}{
		{reflect.TypeFor[events.CustomerFields](), true},
		{reflect.TypeFor[events.PostalAddress](), true},
		{reflect.TypeFor[[]events.Personal](), true},
		{reflect.TypeFor[events.BrandFields](), false},
		{reflect.TypeFor[events.ProductFields](), false},
	} {
		if got := holdsPersonal(c.of); got != c.want {
			t.Errorf("%s: %v", c.of, got)
		}
	}
}
