package bench

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// purchaseScript is what db does for a purchase, statement by statement.
//
//go:embed purchase.sql
var purchaseScript string

// purchaseBeforeJournal is for a program that has no journal.
//
//go:embed purchase_before_journal.sql
var purchaseBeforeJournal string

// purchaseScripts are those for older tables, too, the newest first.
var purchaseScripts = []string{purchaseScript, purchaseBeforeJournal}

// purchaseBaseline measures how many purchases a second the database does with the same statements and nothing else in the way.
func (r *run) purchaseBaseline(ctx context.Context) error {
	program, err := findPgbench()
	if r.unmeasured(err) {
		return nil
	}
	if err != nil {
		return err
	}
	clients, seconds := strconv.Itoa(baselineClients), strconv.Itoa(max(1, int(2*r.For.Seconds())))
	var fits string
	err = fitting(ctx, purchaseScripts, func(script string) error {
		fits = script
		_, err := r.pgbenchPurchases(ctx, program, script, "-D", "run=2", "-c", "1", "-t", "1")
		return err
	})
	if r.unmeasured(err) {
		return nil
	}
	if err == nil {
		r.result.PurchaseBaselinePerSecond, err = r.pgbenchPurchases(ctx, program, fits, "-D", "run=1", "-c", clients, "-j", "2", "-T", seconds)
	}
	return err
}

// pgbenchPurchases runs the script for as many products and customers as a measurement has. The runs in one database have different numbers, of one
// digit: with the connection's and how many purchases it made they make the twelve digits that all ids end in.
func (r *run) pgbenchPurchases(ctx context.Context, program, script string, args ...string) (float64, error) {
	filled, err := r.fillIn(ctx, script)
	if err != nil {
		return 0, fmt.Errorf("baseline of purchases: %w", err)
	}
	file := filepath.Join(r.at.folder, "purchase.sql")
	if err := os.WriteFile(file, []byte(filled), 0o600); err != nil {
		return 0, fmt.Errorf("baseline of purchases: %w", err)
	}
	args = append([]string{"-n", "-M", "prepared", "-D", "i=0", "-f", file}, args...)
	return tps(ctx, program, append(args, r.at.database.App)...)
}

// pairs are the newest products that are sold, each with one of the newest customers.
const pairs = `
	select p.id::text, c.id::text
	from (select id, row_number() over (order by created_at desc) as n from product where status = 'published' and deleted_at is null) p
	join (select id, row_number() over (order by created_at desc) as n from customer where status = 'active' and deleted_at is null) c on c.n = p.n
	order by p.n limit $1`

func (r *run) fillIn(ctx context.Context, script string) (string, error) {
	conn, err := pgx.Connect(ctx, r.at.database.Owner)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }() // it has only read
	rows, err := conn.Query(ctx, pairs, shelfOfBench)
	if err != nil {
		return "", err
	}
	var product, customer string
	var products, customers []string
	_, err = pgx.ForEachRow(rows, []any{&product, &customer}, func() error {
		products, customers = append(products, product), append(customers, customer)
		return nil
	})
	if err == nil && len(products) == 0 {
		err = errors.New("nothing is sold, or nobody buys")
	}
	text := strings.NewReplacer("{{pairs}}", strconv.Itoa(len(products)), "{{shipping}}", `{"name": "`+noise(shippingBytes)+`"}`,
		"{{products}}", "{"+strings.Join(products, ",")+"}", "{{customers}}", "{"+strings.Join(customers, ",")+"}").Replace(script)
	return results.ReplaceAllStringFunc(text, func(asked string) string {
		size, err := strconv.Atoi(results.FindStringSubmatch(asked)[1])
		if err != nil {
			return asked // Postgres stores it as it is
		}
		return noise(size)
	}), err
}

// results are as large as the script says; shipping is as large as an encrypted address.
var results = regexp.MustCompile(`\{\{results (\d+)\}\}`)

const shippingBytes = 300

// noise is text that does not compress, always the same.
func noise(size int) string {
	var text strings.Builder
	for sum := sha256.Sum256(nil); text.Len() < size; sum = sha256.Sum256(sum[:]) {
		text.WriteString(base64.RawURLEncoding.EncodeToString(sum[:]))
	}
	return text.String()[:size]
}
