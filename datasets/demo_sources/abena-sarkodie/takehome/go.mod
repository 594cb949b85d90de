module example.test/lockerbank

go 1.22
