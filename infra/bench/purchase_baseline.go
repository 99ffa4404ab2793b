package bench

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
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

// purchaseScripts are those for older tables, too, the newest first.
var purchaseScripts = []string{purchaseScript}

// A purchase of the baseline has a number of its own, twelve digits long, which ends all its ids: the run, the connection, and how many it made.
const purchaseNumber = `\set i :i + 1
\set p :run * 100000000000 + :client_id * 1000000000 + :i
`

// purchaseBaseline measures how many purchases a second the database does with the same statements and nothing else in the way.
func (r *run) purchaseBaseline(ctx context.Context) error {
	program, err := findPgbench()
	if errors.Is(err, exec.ErrNotFound) {
		r.say("  there is no pgbench: not measured")
		return nil
	}
	if err != nil {
		return err
	}
	clients, seconds := strconv.Itoa(baselineClients), strconv.Itoa(max(1, int(2*r.For.Seconds())))
	var fits string
	err = fitting(purchaseScripts, func(script string) error {
		fits = script
		_, err := r.pgbenchPurchases(ctx, program, script, "-D", "run=2", "-c", "1", "-t", "1")
		return err
	})
	if errors.Is(err, errNoScript) && r.foreign {
		r.say("  not measured: " + err.Error())
		return nil
	}
	if err == nil {
		r.result.PurchaseBaselinePerSecond, err = r.pgbenchPurchases(ctx, program, fits, "-D", "run=1", "-c", clients, "-j", "2", "-T", seconds)
	}
	return err
}

// pgbenchPurchases runs the script for as many products and customers as a measurement has.
func (r *run) pgbenchPurchases(ctx context.Context, program, script string, args ...string) (float64, error) {
	files, err := r.filledScripts(ctx, script)
	if err != nil {
		return 0, err
	}
	args = append([]string{"-n", "-M", "prepared", "-D", "i=0"}, args...)
	for _, file := range files {
		args = append(args, "-f", file)
	}
	return tps(ctx, program, append(args, r.at.database.App)...)
}

// filledScripts writes one for each of some products that are sold, each with a customer; pgbench takes any of them for a purchase.
func (r *run) filledScripts(ctx context.Context, script string) (files []string, err error) {
	conn, err := pgx.Connect(ctx, r.at.database.Owner)
	if err != nil {
		return nil, fmt.Errorf("baseline of purchases: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }() // it has only read
	rows, err := conn.Query(ctx, `
		select p.id::text, c.id::text
		from (select id, row_number() over (order by created_at desc) as n from product where status = 'published' and deleted_at is null) p
		join (select id, row_number() over (order by created_at desc) as n from customer where status = 'active' and deleted_at is null) c on c.n = p.n
		order by p.n limit $1`, shelfOfBench)
	if err != nil {
		return nil, fmt.Errorf("baseline of purchases: %w", err)
	}
	var product, customer string
	_, err = pgx.ForEachRow(rows, []any{&product, &customer}, func() error {
		file := filepath.Join(r.at.folder, fmt.Sprintf("purchase-%d.sql", len(files)))
		files = append(files, file)
		return os.WriteFile(file, []byte(purchaseNumber+filledIn(script, product, customer)), 0o600)
	})
	if err == nil && len(files) == 0 {
		err = errors.New("nothing is sold, or nobody buys")
	}
	if err != nil {
		return nil, fmt.Errorf("baseline of purchases: %w", err)
	}
	return files, nil
}

// results are as large as the script says; shipping is as large as an encrypted address.
var results = regexp.MustCompile(`\{\{results (\d+)\}\}`)

const shippingBytes = 300

func filledIn(script, product, customer string) string {
	text := strings.NewReplacer("{{product}}", product, "{{customer}}", customer, "{{shipping}}", `{"name": "`+noise(shippingBytes)+`"}`).Replace(script)
	return results.ReplaceAllStringFunc(text, func(asked string) string {
		size, err := strconv.Atoi(results.FindStringSubmatch(asked)[1])
		if err != nil {
			return asked // Postgres stores it as it is
		}
		return noise(size)
	})
}

// noise is text that does not compress, always the same.
func noise(size int) string {
	var text strings.Builder
	for sum := sha256.Sum256(nil); text.Len() < size; sum = sha256.Sum256(sum[:]) {
		text.WriteString(base64.RawURLEncoding.EncodeToString(sum[:]))
	}
	return text.String()[:size]
}
