using System.Globalization;
using System.Text;

namespace ClientLb.Benchmarks.Suites;

/// <summary>An answer as an agent writes it: two checks, tags and metadata for each instance, some 880 bytes.</summary>
internal static class ConsulBody
{
    /// <summary>Writes the body.</summary>
    /// <param name="n">The number of instances.</param>
    /// <param name="critical">The one that does not pass; below zero for none.</param>
    public static byte[] Create(int n, int critical = -1)
    {
        var body = new StringBuilder(n * 900).Append('[');
        for (var i = 0; i < n; i++)
        {
            body.Append(i == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $$"""
                {"Node":{"ID":"","Node":"node-{{i % 100:000}}","Address":"10.1.0.{{i % 100}}","Datacenter":"dc1","TaggedAddresses":null,"Meta":{"zone":"z{{i % 3}}"},"CreateIndex":{{i + 20}},"ModifyIndex":{{i + 20}}},
                """).Append(CultureInfo.InvariantCulture, $$$"""
                "Service":{"ID":"web-{{{i:00000}}}","Service":"web","Tags":["v1","blue"],"Address":"10.2.{{{i / 250}}}.{{{i % 250}}}","TaggedAddresses":{"lan":{"Address":"10.2.{{{i / 250}}}.{{{i % 250}}}","Port":8080}},"Meta":{"version":"1.2.3","team":"orders","slot":"{{{i % 10}}}"},"Port":8080,"Weights":{"Passing":10,"Warning":1},"EnableTagOverride":false,"Proxy":{"MeshGateway":{},"Expose":{}},"Connect":{},"CreateIndex":{{{i + 20}}},"ModifyIndex":{{{i + 20}}}},
                """).Append(CultureInfo.InvariantCulture, $$"""
                "Checks":[{"Node":"node-{{i % 100:000}}","CheckID":"serfHealth","Name":"Serf Health Status","Status":"passing","Notes":"","Output":"Agent alive and reachable","ServiceID":"","ServiceName":"","ServiceTags":[],"Type":"","Definition":{},"CreateIndex":20,"ModifyIndex":20},
                """).Append(CultureInfo.InvariantCulture, $$"""
                {"Node":"node-{{i % 100:000}}","CheckID":"service:web-{{i:00000}}","Name":"HTTP","Status":"{{(i == critical ? "critical" : "passing")}}","Notes":"","Output":"200 OK","ServiceID":"web-{{i:00000}}","ServiceName":"web","ServiceTags":["v1","blue"],"Type":"http","Definition":{},"CreateIndex":20,"ModifyIndex":20}]}
                """);
        }

        return Encoding.UTF8.GetBytes(body.Append(']').ToString());
    }
}
