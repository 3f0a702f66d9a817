Console.WriteLine("ClientLb benchmarks");
