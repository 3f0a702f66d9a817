namespace ClientLb.Tests.Consul;

/// <summary>Answers as Consul writes them.</summary>
internal static class WireText
{
    public static string List(params string[] entries) => $"[{string.Join(',', entries)}]";

    public static string Entry(
        int port = 80, string id = "web-1", string node = "n1", string address = "10.0.0.1", string nodeAddress = "10.1.0.1", string meta = "{}",
        string nodeMeta = "null", string tags = "[]", string weights = """{"Passing":1,"Warning":1}""", string checks = "[]", string more = "") => $$"""
        {
          "Node": { "ID": "x", "Node": "{{node}}", "Address": "{{nodeAddress}}", "Datacenter": "dc1", "TaggedAddresses": null, "Meta": {{nodeMeta}}, "CreateIndex": 1 },
          "Service": { "ID": "{{id}}", "Service": "web", "Tags": {{tags}}, "Address": "{{address}}", "Meta": {{meta}}, "Port": {{port}}, "Weights": {{weights}},
            "EnableTagOverride": false, "Proxy": { "MeshGateway": {} }, "Connect": {}{{more}} },
          "Checks": {{checks}}
        }
        """;

    public static string Check(string status, string id = "c") => $$"""{ "Node": "n1", "CheckID": "{{id}}", "Name": "a", "Status": "{{status}}", "Output": "…", "Definition": {} }""";

    /// <summary>Instances that differ in their port only.</summary>
    public static string Ports(params int[] ports) => List([.. ports.Select(static p => Entry(p, $"web-{p}"))]);
}
