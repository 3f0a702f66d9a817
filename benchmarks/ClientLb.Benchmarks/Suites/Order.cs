using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClientLb.Benchmarks.Suites;

/// <summary>What the answer with a body holds.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "The JSON serializer makes it.")]
internal sealed record Order(int Id, string Customer, IReadOnlyList<Order.Line> Lines)
{
    public sealed record Line(string Article, int Count);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Order))]
internal sealed partial class OrderJson : JsonSerializerContext;
