package postgres_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/infra/postgres"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
)

// Two marts on one server, and one that set the roles' own passwords before them, enter their databases whoever started last.
func TestMartsOnOneServerDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()
	server := start(t, pgtest.Folder(t))
	admin := server.TCPDSN("postgres", "postgres")
	create := func(name, password string) postgres.Database {
		t.Helper()
		if there, err := postgres.DatabaseThere(t.Context(), admin, name); err != nil || there && password == "first" {
			t.Fatal(there, err)
		}
		database, err := postgres.CreateDatabaseBeside(t.Context(), admin, name, password)
		if err != nil {
			t.Fatal(err)
		}
		return database
	}
	old, err := postgres.CreateDatabase(t.Context(), admin, "old", "of the server")
	if err != nil {
		t.Fatal(err)
	}
	one := create("one", "first")
	exec1(t, one.Owner, "create table brand (id int primary key)")
	exec1(t, one.App, "insert into brand values (1)")
	two := create("two", "second")
	create("one", "first again") // whoever lost the password of a database makes it anew
	again := create("one", "first once more")
	for _, database := range []postgres.Database{old, again, two} {
		for dsn, want := range map[string]string{database.Owner: postgres.OwnerRole, database.App: postgres.AppRole} {
			if diff := cmp.Diff(want, query[string](t, dsn, "select current_user::text")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", database.Name, diff)
			}
		}
	}
	if n := query[int64](t, again.App, "select count(*) from brand"); n != 1 {
		t.Errorf("%d brands", n)
	}
	if err := try(t, again.App, "create table other (id int)"); err == nil {
		t.Error("the app role makes tables")
	}
	if err := try(t, one.App, "select 1"); err == nil {
		t.Error("the password before is still good")
	}
	if there, err := postgres.DatabaseThere(t.Context(), admin, "three"); there || err != nil {
		t.Errorf("a database that nobody made: %v, %v", there, err)
	}
}
