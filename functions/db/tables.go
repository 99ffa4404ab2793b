package db

// tables are all that are loaded and saved, in the order in which their locks are taken and their rows written: the same in every
// transaction of every replica, and with what a row refers to before the row.
var tables = []table{
	anyUserTable, userTable, customerTable, addressTable, sessionTable, tokenTable, loginAccountTable, loginPlaceTable,
	brandTable, categoryTable, productTable,
	orderTable, openOrdersTable, orderNumbersTable, stockTable, reservationsTable, stockNumbersTable, paymentTable,
	notificationTable, deadlineTable,
}
